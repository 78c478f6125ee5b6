# Medians with their intervals, a panel for each placement, a bar for each contender.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/contenders.gp
#
# Data: about, panels, then for each panel its bars: row, style, value, low, high, floor, name,
# figure, floor ratio, relative, n. Bars start at zero; on a logarithmic axis there are points.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'contenders.gp') - 1].'style.gp' }

array bars[panels]
do for [p=1:panels] {
    stats data index p + 1 using 1 nooutput
    bars[p] = int(STATS_records)
}
do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    set multiplot
    do for [p=1:panels] {
        # Reading a block heeds the ranges and scales that are set.
        set autoscale
        unset logscale
        n = bars[p]
        array name[n]; array figure[n]; array ratio[n]; array relative[n]; array count[n]
        stats data index p + 1 using (name[row(0)] = strcol(7), figure[row(0)] = strcol(8), \
            ratio[row(0)] = strcol(9), relative[row(0)] = strcol(10), \
            count[row(0)] = strcol(11), 0) nooutput
        unset label
        if (p == 1) {
            eval around(kind)
            has_ratio = 0; has_relative = 0
            do for [i=1:n] {
                if (strlen(ratio[i])) { has_ratio = 1 }
                if (strlen(relative[i])) { has_relative = 1 }
            }
            y = down(panel_top(1) - 10)
            set label 501 'median [95 % interval]' at screen across(570), screen y tc rgb grey
            set label 502 'n (processes)' at screen across(984), screen y right tc rgb grey
            if (has_ratio) {
                set label 503 '÷ floor' at screen across(796), screen y right tc rgb grey
            }
            if (has_relative) {
                set label 504 'relative' at screen across(886), screen y right tc rgb grey
            }
        }
        eval place(kind, p, 220, 440)
        eval x_axis(p)
        eval y_rows(p)
        do for [i=1:n] {
            y = i - 1
            set label 1000 + i name[i] at screen across(212), first y right tc rgb ink
            set label 2000 + i figure[i] at screen across(570), first y tc rgb ink
            set label 3000 + i ratio[i] at screen across(796), first y right tc rgb grey
            set label 4000 + i relative[i] at screen across(886), first y right tc rgb grey
            set label 5000 + i count[i] at screen across(984), first y right tc rgb grey
        }
        if (x_log[p]) {
            plot data index p + 1 using 3:1:4:5:2 \
                    with xerrorbars pt 0 lw 1.5 dt 1 lc variable notitle, \
                '' index p + 1 using 3:1:(shape($2)):2 \
                    with points pt variable ps 1.2 lc variable notitle, \
                '' index p + 1 using 6:($1 - 0.4):(0):(0.8) \
                    with vectors nohead lw 3 dt 1 lc rgb ink notitle
        } else {
            plot data index p + 1 using 3:1:(0):3:($1 - 0.34):($1 + 0.34):2 \
                    with boxxyerror lc variable fs solid 0.55 noborder notitle, \
                '' index p + 1 using 3:1:4:5 \
                    with xerrorbars pt 0 lw 1.5 dt 1 lc rgb ink notitle, \
                '' index p + 1 using 6:($1 - 0.4):(0):(0.8) \
                    with vectors nohead lw 3 dt 1 lc rgb ink notitle
        }
    }
    unset multiplot
    unset output
}
undefine styled
