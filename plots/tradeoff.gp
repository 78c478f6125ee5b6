# A time against a rate along a swept parameter; a panel for each placement.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/tradeoff.gp
#
# Data: about, panels, curves, and for each curve rate, low, high, time, low, high, and the value of
# the parameter.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'tradeoff.gp') - 1].'style.gp' }

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
        plot for [c=curve_first[p]:curve_last[p]] data index 2 + c using 1:4:2:3:5:6 \
                with xyerrorbars lt curve_style[c] dt 1 pt 0 lw 1.2 notitle, \
            data index 2 + curve_first[p] using 1:4:7 \
                with labels offset 0,0.8 font text(kind, 10) tc rgb grey notitle, \
            for [c=curve_first[p]:curve_last[p]] data index 2 + c using 1:4 \
                with linespoints lt curve_style[c] title curve_legend[c]
    }
    unset multiplot
    unset output
}
undefine styled
