# Samples in the order in which they were taken, process after process, and what disturbed the
# processes; a panel for each placement.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/timeline.gp
#
# Data: about, panels, curves, for each curve position and value (a pause between processes), and
# last the processes: first and last position, number, state: 0 calm, 1 disturbed, 2 set aside.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'timeline.gp') - 1].'style.gp' }

aside = '#D9D9D9'; disturbed = '#FBE6C8'
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
        # On the edge itself a label may be left out, by the last digit of the range.
        inside = y_high[p] - 1e-6 * (y_high[p] - y_low[p])
        plot for [state=1:2] data index 3 + curves \
                using ($4 == state ? $1 : NaN):(y_low[p]):1:2:(y_low[p]):(y_high[p]) \
                with boxxyerror fs solid 1 noborder \
                lc rgb (state == 2 ? aside : disturbed) notitle, \
            data index 3 + curves using 2:(y_low[p]):(0):(y_high[p] - y_low[p]) \
                with vectors nohead lc rgb pale lw 1 dt 1 notitle, \
            for [c=curve_first[p]:curve_last[p]] data index 2 + c using 1:2 \
                with lines lt curve_style[c] lw 1 title curve_legend[c], \
            data index 3 + curves using (($1 + $2) / 2):(inside):3 \
                with labels offset 0,-0.7 font text(kind, 10) tc rgb grey notitle, \
            keyentry with boxes fs solid 1 noborder lc rgb disturbed title 'disturbed process', \
            keyentry with boxes fs solid 1 noborder lc rgb aside title 'set aside'
    }
    unset multiplot
    unset output
}
undefine styled
