package shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

class BasketTest {
    @Test
    void itemsAreCounted() {
        Basket basket = new Basket();
        basket.add(2);
        assertEquals(2, basket.items());
    }

    @Test
    void nothingCannotBeAdded() {
        assertThrows(IllegalArgumentException.class, () -> new Basket().add(0));
    }

    @Test
    @Disabled("for the figures")
    void later() {}
}
