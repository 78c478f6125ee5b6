# Latency against percentile, on a scale that stretches the tail; a panel for each placement.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/percentiles.gp
#
# Data: about, panels, curves (number, panel, style, legend), for each curve value and
# 1/(1 - percentile), and last the intervals: panel, style, 1/(1 - percentile), value, low, high.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'percentiles.gp') - 1].'style.gp' }

nines = "'0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1e3, '99.99 %%' 1e4, " \
    ."'99.999 %%' 1e5, '99.9999 %%' 1e6, '99.99999 %%' 1e7"

do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    set multiplot
    do for [p=1:panels] {
        unset label
        if (p == 1) { eval around(kind) }
        eval place(kind, p, 84, right)
        eval x_axis(p)
        eval 'set xtics ('.nines.')'
        eval y_axis(p)
        eval legend(p)
        plot for [c=curve_first[p]:curve_last[p]] data index 2 + c using 2:1 \
                with lines lt curve_style[c] notitle, \
            data index 3 + curves using ($1 == p - 1 ? $3 : NaN):4:5:6:2 \
                with yerrorbars pt 0 lw 1.2 dt 1 lc variable notitle, \
            '' index 3 + curves using ($1 == p - 1 ? $3 : NaN):4:(shape($2)):2 \
                with points pt variable lc variable notitle, \
            for [c=curve_first[p]:curve_last[p]] keyentry with linespoints lt curve_style[c] \
                title curve_legend[c]
    }
    unset multiplot
    unset output
}
undefine styled
