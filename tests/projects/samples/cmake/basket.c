int add(int *items, int count)
{
    if (count < 1)
        return -1;
    *items += count;
    return *items;
}

int clear(int *items)
{
    *items = 0;
    return 0;
}
