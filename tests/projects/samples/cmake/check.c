#include <string.h>

int add(int *items, int count);

int main(int argc, char **argv)
{
    int items = 1;
    if (argc > 1 && strcmp(argv[1], "adds") == 0)
        return add(&items, 2) == 3 ? 0 : 1;
    return add(&items, 0) == -1 ? 0 : 1;
}
