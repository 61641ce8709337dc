"""Which agents may take which runs: tools and labels that runs demand, and what agents offer of them."""
