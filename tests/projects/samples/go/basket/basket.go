// Package basket adds up what is to be paid.
package basket

// Total is the sum of all prices.
func Total(prices ...int) int {
	sum := 0
	for _, price := range prices {
		sum += price
	}
	return sum
}

// Rounded is nobody's business in the tests, for the figures.
func Rounded(price int) int {
	return price / 10 * 10
}
