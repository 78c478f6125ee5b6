# What every two processing units have between them, as a map: a column and a row for each unit,
# darker for more.
#
#   gnuplot -e "data='RUN/plots/NAME.dat'" plots/heatmap.gp
#
# Data: about, panels, cells (column, row, share of the scale, value, low, high, text, interval),
# units (position, name), scale (share, label), grid (pixels of the side and of a cell, number of
# relations, what the scale is of), relations (name, pairs, range) where there are any.
#
# The colours go through one hue from light to dark: in grey they are in the same order.

if (!exists('styled')) { load ARG0[1:strstrt(ARG0, 'heatmap.gp') - 1].'style.gp' }

scale_label = ''; side = 0.0; cell = 0.0; relations = 0
stats data index 5 using (side = $1, cell = $2, relations = int($3), scale_label = strcol(4), 0) \
    nooutput
stats data index 3 using 1 nooutput
ticks = int(STATS_records)
array tick_at[ticks]; array tick_name[ticks]
stats data index 3 using (tick_at[row(0)] = $1, tick_name[row(0)] = strcol(2), 0) nooutput
stats data index 4 using 1 nooutput
steps = int(STATS_records)
array step_at[steps]; array step_name[steps]
stats data index 4 using (step_at[row(0)] = $1, step_name[row(0)] = strcol(2), 0) nooutput
if (relations > 0) {
    array relation[relations]; array pairs[relations]; array range_of[relations]
    stats data index 6 using (relation[row(0)] = strcol(1), pairs[row(0)] = strcol(2), \
        range_of[row(0)] = strcol(3), 0) nooutput
}

unset grid
unset colorbox
set palette defined (0 '#DEEBF7', 0.25 '#B0D2E7', 0.5 '#5FA6D1', 0.75 '#2171B5', 1 '#08306B')
set cbrange [0:1]
bar_left = 84 + side + 60
bar_height = side < 200 ? side : 200
do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    unset label
    unset object
    eval around(kind)
    eval place(kind, 1, 84, 916 - side)
    set xrange [x_low[1]:x_high[1]]
    set yrange [y_high[1]:y_low[1]]
    set xtics ()
    set ytics ()
    unset xtics
    unset ytics
    small = text(kind, 11)
    do for [i=1:ticks] {
        set label 1000 + i tick_name[i] at first tick_at[i], screen down(panel_end(1) + 14) center \
            font small tc rgb grey
        set label 2000 + i tick_name[i] at screen across(78), first tick_at[i] right \
            font small tc rgb grey
    }
    # The scale of the colours, beside the map, the least at the bottom.
    # Its steps reach into each other: no background shows between them.
    do for [i=0:49] {
        set object 3000 + i rectangle \
            from screen across(bar_left), down(panel_top(1) + bar_height * (1 - i / 50.0)) \
            to screen across(bar_left + 18), \
                down(panel_top(1) + (i < 49 ? bar_height * (0.98 - (i + 1) / 50.0) : 0)) \
            fs solid 1 noborder fc palette cb (i + 0.5) / 50 front
    }
    do for [i=1:steps] {
        set label 4000 + i step_name[i] at screen across(bar_left + 26), \
            down(panel_top(1) + bar_height * (1 - step_at[i])) left font small tc rgb grey
    }
    set label 5000 scale_label at screen across(bar_left), down(panel_top(1) - 17) left \
        font small tc rgb grey
    do for [i=1:relations] {
        y = panel_top(1) + bar_height + 12 + 34 * i
        set label 6000 + i relation[i].', '.pairs[i] at screen across(bar_left), down(y - 15) left \
            font small tc rgb grey
        set label 7000 + i range_of[i] at screen across(bar_left), down(y) left \
            font text(kind, 12) tc rgb ink
    }
    number = text(kind, cell >= 76 ? 13 : cell >= 50 ? 11.5 : cell >= 40 ? 10 : 9)
    below = text(kind, cell >= 100 ? 10.5 : 9)
    half = cell >= 6 ? 0.49 : 0.5
    raised = cell >= 76 ? 0.09 : 0.0
    plot data index 2 using 1:2:($1 - half):($1 + half):($2 - half):($2 + half):3 \
            with boxxyerror fs solid 1 noborder lc palette notitle, \
        '' index 2 using 1:($2 - raised):($3 < 0.5 ? strcol(7) : '') \
            with labels font number tc rgb ink notitle, \
        '' index 2 using 1:($2 - raised):($3 < 0.5 ? '' : strcol(7)) \
            with labels font number tc rgb '#FFFFFF' notitle, \
        '' index 2 using 1:($2 + 0.17):($3 < 0.5 ? strcol(8) : '') \
            with labels font below tc rgb ink notitle, \
        '' index 2 using 1:($2 + 0.17):($3 < 0.5 ? '' : strcol(8)) \
            with labels font below tc rgb '#FFFFFF' notitle
    unset output
}
undefine styled
