# What go says of tests and coverage, as JUnit and lcov do: go itself writes neither.
awk '
    $1 == "---" { count[$2]++; cases = cases "<testcase classname=\"basket\" name=\"" $3 "\">" inside($2) "</testcase>" }
    function inside(how) { return how == "FAIL:" ? "<failure/>" : how == "SKIP:" ? "<skipped/>" : "" }
    END {
        printf "<testsuite name=\"basket\" tests=\"%d\" failures=\"%d\" skipped=\"%d\">%s</testsuite>\n",
            NR ? count["PASS:"] + count["FAIL:"] + count["SKIP:"] : 0, count["FAIL:"], count["SKIP:"], cases
    }' tests.out >TEST-go.xml
# "file:line.column,line.column statements count" for each block becomes "DA:line,count" for each of its lines.
awk -F '[:,. ]+' '
    NR > 1 { for (line = $(NF - 5); line <= $(NF - 3); line++) hits[line] = hits[line] > $NF ? hits[line] : $NF }
    END {
        print "SF:basket/basket.go"
        for (line in hits) print "DA:" line "," hits[line]
        print "end_of_record"
    }' cover.out >basket.info
