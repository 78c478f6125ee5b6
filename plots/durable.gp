# The percentiles of each engine that appends and syncs, on one logarithmic axis.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/durable.gp
#
# Data: about, panels, engines: row, style, p50, p90, p99, p99.9, p99.99, max, low, high (of the
# median's interval), last (the farthest of them), name, figure, n.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'durable.gp') - 1].'style.gp' }

stats data index 2 using 1 nooutput
n = int(STATS_records)
array name[n]; array figure[n]; array count[n]
stats data index 2 using (name[row(0)] = strcol(12), figure[row(0)] = strcol(13), \
    count[row(0)] = strcol(14), 0) nooutput
names = 'p50 p90 p99 p99.9 p99.99 max'
shapes = '7 4 8 12 10 2'
do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    unset label
    eval around(kind)
    eval place(kind, 1, 220, 300)
    eval x_axis(1)
    eval y_rows(1)
    do for [i=1:n] {
        y = i - 1
        set label 1000 + i name[i] at screen across(212), first y right tc rgb ink
        set label 2000 + i figure[i] at screen across(716), first y tc rgb ink
        set label 3000 + i count[i] at screen across(984), first y right tc rgb grey
    }
    y = down(panel_top(1) - 12)
    do for [i=1:6] {
        set label 4000 + i word(names, i) at screen across(160 + 70 * i), screen y \
            offset 0.8, 0 point pt int(word(shapes, i)) ps 1 lc rgb ink
    }
    plot data index 2 using 3:1:($11 - $3):(0):2 \
            with vectors nohead lw 1.5 dt 1 lc variable notitle, \
        '' index 2 using 9:1:($10 - $9):(0):2 \
            with vectors nohead lw 9 dt 1 lc variable notitle, \
        for [i=1:6] '' index 2 using i + 2:1 \
            with points pt int(word(shapes, i)) ps 1.1 lc rgb ink notitle
    unset output
}
undefine styled
