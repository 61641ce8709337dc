# gcov's report of each source, as lcov writes it: "count:line:text" becomes "DA:line,count".
gcov -t build/CMakeFiles/basket.dir/basket.c.gcda | awk -F: '
    $3 == "Source" { print "SF:" $4 }
    { gsub(/[ *]/, "", $1) }
    $2 + 0 > 0 && $1 != "-" { print "DA:" $2 + 0 "," ($1 ~ /#|=/ ? 0 : $1) }
    END { print "end_of_record" }' >basket.info
