# A rate against a swept parameter; a panel for each placement.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/throughput.gp
#
# Data: about, panels, curves, and for each curve the parameter, value, low, high.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'throughput.gp') - 1].'style.gp' }

do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    set multiplot
    do for [p=1:panels] {
        # Reading a block heeds the ranges and scales that are set.
        set autoscale
        unset logscale
        measured = ''
        stats data index curve_first[p] + 2:curve_last[p] + 2 using (note($1)) nooutput
        unset label
        if (p == 1) { eval around(kind) }
        eval place(kind, p, 84, right)
        eval x_axis(p)
        eval y_axis(p)
        eval legend(p)
        if (words(measured) < 10) { eval x_measured }
        plot for [c=curve_first[p]:curve_last[p]] data index 2 + c using 1:2:3:4 \
                with yerrorbars lt curve_style[c] dt 1 pt 0 lw 1.2 notitle, \
            for [c=curve_first[p]:curve_last[p]] data index 2 + c using 1:2 \
                with linespoints lt curve_style[c] title curve_legend[c]
    }
    unset multiplot
    unset output
}
undefine styled
