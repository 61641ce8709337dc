export function total(prices, discount) {
  const sum = prices.reduce((one, other) => one + other, 0);
  if (discount) {
    return sum - discount;
  }
  return sum;
}
