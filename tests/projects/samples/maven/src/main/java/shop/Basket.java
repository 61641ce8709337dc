package shop;

public final class Basket {
    private int items;

    public void add(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("count");
        }
        items += count;
    }

    public int items() {
        return items;
    }
}
