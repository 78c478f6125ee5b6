# Figures over runs: points with intervals, the levels between changes, and what changed; a panel for
# each figure.
#
#   nilometer history 'ring.lookup.*' --plot lookup.svg
#
# Data: about, panels, curves, for each curve run, value, low, high, and last the levels: panel,
# from, to, median, way (0: the first level, 2: worse, 3: better, 8: another spread), change.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'history.gp') - 1].'style.gp' }

levels = 3 + curves
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
        middle = (x_low[p] + x_high[p]) / 2.0
        # On the edge itself a label may be left out, by the last digit of the range.
        # Neighbours stand at two heights.
        inside(row) = y_high[p] - (1e-6 + 0.1 * (int(row) % 2)) * (y_high[p] - y_low[p])
        plot data index levels using ($1 == p - 1 ? $2 : NaN):4:($3 - $2):(0) \
                with vectors nohead lw 3 dt 1 lc rgb '#56B4E9' notitle, \
            '' index levels using ($1 == p - 1 && $5 > 0 ? $2 : NaN):(y_low[p]):(0): \
                (y_high[p] - y_low[p]):5 \
                with vectors nohead lw 1.2 dt (6,4) lc variable notitle, \
            data index 2 + p using 1:2:3:4 \
                with yerrorbars lt 1 dt 1 pt 0 lw 1 notitle, \
            '' index 2 + p using 1:2 with points lt 1 pt 7 ps 0.7 title curve_legend[p], \
            data index levels using 2:(inside($0)): \
                ($1 == p - 1 && $5 > 0 && $2 <= middle ? strcol(6) : '') \
                with labels left offset 0.5, -0.8 font text(kind, 10) tc rgb ink notitle, \
            '' index levels using 2:(inside($0)): \
                ($1 == p - 1 && $5 > 0 && $2 > middle ? strcol(6) : '') \
                with labels right offset -0.5, -0.8 font text(kind, 10) tc rgb ink notitle, \
            keyentry with lines lw 3 dt 1 lc rgb '#56B4E9' title 'level', \
            keyentry with lines lw 1.2 dt (6,4) lc rgb grey title 'change'
    }
    unset multiplot
    unset output
}
undefine styled
