# Measured over claimed, for all claims that have both; colour and shape by verdict.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/verdicts.gp
#
# Data: about, panels, claims (row, verdict, ratio, low, high, claim, claimed, measured), verdicts
# (number, name). Verdicts: 1 reproduced, 2 refuted, 3 inconclusive, 4 extrapolated,
# 5 inconsistent, 6 untestable.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'verdicts.gp') - 1].'style.gp' }

set linetype 1 lc rgb '#009E73' pt 7 ps 1.1
set linetype 2 lc rgb '#D55E00' pt 5 ps 1.1
set linetype 3 lc rgb '#56B4E9' pt 6 ps 1.2
set linetype 4 lc rgb '#0072B2' pt 9 ps 1.3
set linetype 5 lc rgb '#CC79A7' pt 13 ps 1.3
set linetype 6 lc rgb '#7F7F7F' pt 4 ps 1.1
verdict_shape(number) = real(word('7 5 6 9 13 4', int(number)))

stats data index 2 using 1 nooutput
n = int(STATS_records)
array claim[n]; array claimed[n]; array figure[n]
stats data index 2 using (claim[row(0)] = strcol(6), claimed[row(0)] = strcol(7), \
    figure[row(0)] = strcol(8), 0) nooutput
stats data index 3 using 1 nooutput
verdicts = int(STATS_records)
array number[verdicts]; array verdict[verdicts]
stats data index 3 using (number[row(0)] = int($1), verdict[row(0)] = strcol(2), 0) nooutput
do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    unset label
    eval around(kind)
    eval place(kind, 1, 400, 210)
    eval x_axis(1)
    eval y_rows(1)
    small = text(kind, 11)
    do for [i=1:n] {
        y = i - 1
        set label 10000 + i claim[i] at screen across(16), first y font small tc rgb ink
        set label 20000 + i claimed[i] at screen across(392), first y right font small tc rgb grey
        set label 30000 + i figure[i] at screen across(800), first y font small tc rgb grey
    }
    y = down(panel_top(1) - 12)
    do for [v=1:verdicts] {
        set label 40000 + v verdict[v] at screen across(24 + 150 * (v - 1)), screen y \
            offset 1, 0 point lt number[v]
    }
    set arrow 1 from 1, graph 0 to 1, graph 1 nohead lc rgb ink lw 1 dt (8,6) back
    plot data index 2 using 4:1:($5 - $4):(0):2 \
            with vectors nohead lw 1.5 dt 1 lc variable notitle, \
        '' index 2 using 3:1:(verdict_shape($2)):2 \
            with points pt variable ps 1.2 lc variable notitle
    unset output
}
undefine styled
