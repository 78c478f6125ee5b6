# The share of samples that a value is not exceeded by; a panel for each placement.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/distribution.gp
#
# Data: about, panels, curves, for each curve value and share, and last the medians: panel, style,
# value, low, high.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'distribution.gp') - 1].'style.gp' }

do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    set multiplot
    do for [p=1:panels] {
        unset label
        if (p == 1) { eval around(kind) }
        eval place(kind, p, 84, right)
        eval x_axis(p)
        eval y_axis(p)
        eval legend(p)
        plot for [c=curve_first[p]:curve_last[p]] data index 2 + c using 1:2 \
                with lines lt curve_style[c] notitle, \
            data index 3 + curves using ($1 == p - 1 ? $3 : NaN):(0.5):4:5:2 \
                with xerrorbars pt 0 lw 1.2 dt 1 lc variable notitle, \
            '' index 3 + curves using ($1 == p - 1 ? $3 : NaN):(0.5):(shape($2)):2 \
                with points pt variable lc variable notitle, \
            for [c=curve_first[p]:curve_last[p]] keyentry with linespoints lt curve_style[c] \
                title curve_legend[c]
    }
    unset multiplot
    unset output
}
undefine styled
