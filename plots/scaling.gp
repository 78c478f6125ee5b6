# A rate against how many do the work: what was measured, the Universal Scalability Law fitted to it,
# and perfect scaling; a panel for each contender and placement.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/scaling.gp
#
# Data: about, panels, curves, for each curve its points (number, value, low, high), for each curve
# its law (number, rate, low, high, perfect), and last for each: measured to, drawn to, peak, the
# rate there, text.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'scaling.gp') - 1].'style.gp' }

array measured_to[curves]; array drawn_to[curves]; array peak_text[curves]
stats data index 3 + 2 * curves using (measured_to[row(0)] = $1, drawn_to[row(0)] = $2, \
    peak_text[row(0)] = $3 == $3 ? strcol(5) : '', 0) nooutput
beyond = '#F2F2F2'
do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    set multiplot
    do for [p=1:panels] {
        # Reading a block heeds the ranges and scales that are set.
        set autoscale
        unset logscale
        measured = ''
        stats data index 2 + p using (note($1)) nooutput
        unset label
        unset object
        if (p == 1) { eval around(kind) }
        eval place(kind, p, 84, right)
        eval x_axis(p)
        eval y_axis(p)
        eval legend(p)
        if (x_log[p] && words(measured) < 10) { eval x_measured }
        if (drawn_to[p] > measured_to[p]) {
            set object 1 rectangle from first measured_to[p], graph 0 to graph 1, graph 1 \
                fs solid 1 noborder fc rgb beyond behind
            set label 1 'carried on by the law' at graph 1, graph 0 right offset -0.6, 0.8 \
                font text(kind, 10) tc rgb grey front
        }
        if (strlen(peak_text[p])) {
            set label 2 peak_text[p] at graph 1, graph 1 right offset -0.6, -0.9 \
                font text(kind, 11) tc rgb ink front
        }
        peak_title = strlen(peak_text[p]) ? 'peak of the law' : ''
        plot data index 2 + curves + p using ($3 == $3 ? $1 : NaN):3:4 \
                with filledcurves fs solid 0.25 noborder lc rgb '#56B4E9' \
                title '95 % interval of the law', \
            '' index 2 + curves + p using 1:5 with lines lc rgb ink lw 1.2 dt (8,6) \
                title 'perfect scaling', \
            '' index 2 + curves + p using ($1 <= measured_to[p] ? $1 : NaN):2 \
                with lines lc rgb '#D55E00' lw 2 dt 1 title 'fitted law', \
            '' index 2 + curves + p using ($1 >= measured_to[p] ? $1 : NaN):2 \
                with lines lc rgb '#D55E00' lw 2 dt (3,3) title 'the law beyond the data', \
            '' index 3 + 2 * curves using ($0 == p - 1 ? $3 : NaN):4 \
                with points pt 4 ps 1.4 lc rgb '#D55E00' title peak_title, \
            '' index 2 + p using 1:2:3:4 \
                with yerrorbars lt 1 dt 1 pt 7 lw 1.5 title curve_legend[p]
    }
    unset multiplot
    unset output
}
undefine styled
