# Common to all templates: reads what a data file says about its picture and its panels, and sets
# colours, shapes and sizes. It is loaded by each template; scripts in a run's folder carry it.
#
# Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart, with grey in
# the place of their yellow, which does not print. Each comes with a shape and a dash of its own.

reset
# The SVG terminal begins a picture with the colour that it drew last in this process; after an empty
# picture it begins as if there had been none.
set terminal svg
set output '/dev/null'
set multiplot
unset multiplot
unset output
set encoding utf8
set decimalsign '.'
set datafile separator "\t"
set datafile commentschars '#'

if (!exists('data')) {
    print "give the data file: gnuplot -e \"data='RUN/plots/NAME.dat'\" plots/KIND.gp"
    exit status 2
}
# Where the pictures go, without their ending: beside the data unless the caller says otherwise.
if (!exists('out')) { out = data[1:strlen(data) - 4] }
# Names parts of the SVG, so that several can stand in one page: letters, digits and _ only.
if (!exists('id')) { id = 'picture' }

# --- What the data file says. Block 0: about the picture, a key and a value in each row.
kind_of = ''; title = ''; subtitle = ''; foot = ''
height = 480; top = 60; bottom = 30; title_lines = 1; right = 280
about(key, text) = \
    key eq 'kind' ? (kind_of = text, 0) : key eq 'title' ? (title = text, 0) : \
    key eq 'subtitle' ? (subtitle = text, 0) : \
    key eq 'foot' ? (foot = text, 0) : key eq 'height' ? (height = real(text), 0) : \
    key eq 'top' ? (top = real(text), 0) : key eq 'bottom' ? (bottom = real(text), 0) : \
    key eq 'title-lines' ? (title_lines = real(text), 0) : \
    key eq 'right' ? (right = real(text), 0) : 0
row(i) = int(column(0)) + 1
if (strlen(data)) {
    stats data index 0 using (about(strcol(1), strcol(2))) nooutput

    # Block 1: the panels, from the top down, with their axes.
    stats data index 1 using 1 nooutput
    panels = int(STATS_records)
    array panel_height[panels]; array panel_title[panels]
    array x_label[panels]; array x_log[panels]; array x_low[panels]; array x_high[panels]
    array x_step[panels]; array x_factor[panels]; array x_format[panels]
    array y_label[panels]; array y_log[panels]; array y_low[panels]; array y_high[panels]
    array y_step[panels]; array y_factor[panels]; array y_format[panels]
    stats data index 1 using (panel_height[row(0)] = $2, panel_title[row(0)] = strcol(3), \
        x_label[row(0)] = strcol(4), x_log[row(0)] = int($5), x_low[row(0)] = $6, \
        x_high[row(0)] = $7, x_step[row(0)] = $8, x_factor[row(0)] = $9, \
        x_format[row(0)] = strcol(10), 0) nooutput
    stats data index 1 using (y_label[row(0)] = strcol(11), y_log[row(0)] = int($12), \
        y_low[row(0)] = $13, y_high[row(0)] = $14, y_step[row(0)] = $15, y_factor[row(0)] = $16, \
        y_format[row(0)] = strcol(17), 0) nooutput

    # Block 2, where pictures have curves: their panels, styles and legends. Those of one panel
    # follow each other.
    curves = 0
    array curve_first[panels]; array curve_last[panels]
    do for [p=1:panels] { curve_first[p] = 1; curve_last[p] = 0 }
    if (strstrt('percentiles distribution throughput cost balance tradeoff timeline scaling ' \
        .'history', kind_of) > 0) {
        stats data index 2 using 1 nooutput
        curves = int(STATS_records)
        array curve_panel[curves]; array curve_style[curves]; array curve_legend[curves]
        stats data index 2 using (curve_panel[row(0)] = int($2) + 1, \
            curve_style[row(0)] = int($3), curve_legend[row(0)] = strcol(4), 0) nooutput
        do for [c=curves:1:-1] { curve_first[curve_panel[c]] = c }
        do for [c=1:curves] { curve_last[curve_panel[c]] = c }
    }
}

# --- Colours, shapes, dashes, text.
set linetype 1 lc rgb '#0072B2' lw 2 dt 1 pt 7 ps 0.8
set linetype 2 lc rgb '#D55E00' lw 2 dt (10,4) pt 5 ps 0.8
set linetype 3 lc rgb '#009E73' lw 2 dt (3,3) pt 9 ps 1.0
set linetype 4 lc rgb '#CC79A7' lw 2 dt (12,3,3,3) pt 11 ps 1.0
set linetype 5 lc rgb '#E69F00' lw 2 dt (6,3) pt 13 ps 1.0
set linetype 6 lc rgb '#56B4E9' lw 2 dt (12,3,3,3,3,3) pt 6 ps 0.9
set linetype 7 lc rgb '#000000' lw 2 dt (2,4) pt 4 ps 0.9
set linetype 8 lc rgb '#7F7F7F' lw 2 dt (16,4) pt 8 ps 1.0
set linetype cycle 8
ink = '#000000'; grey = '#595959'; pale = '#D9D9D9'
set border 3 lc rgb grey lw 1
set grid xtics ytics lt 1 lc rgb pale lw 0.7 dt 1
set tics nomirror out scale 0.6, 0.3 textcolor rgb grey
set errorbars small
# The shape of a style, where it comes from a column.
shape(style) = real(word('7 5 9 11 13 6 4 8', int(style)))
unset key

# --- Sizes: pixels of a picture 1000 wide. PNG sizes are points at 96 to the inch.
width = 1000
common = " background '#ffffff' noenhanced dashlength 1"
terminal(kind) = kind eq 'svg' \
    ? sprintf("set terminal svg size %d,%d font 'sans-serif,12' name '%s'", width, height, id) \
        .common \
    : sprintf("set terminal pngcairo size %d,%d font 'Sans,9.2'", width, height).common
text(kind, pixels) = kind eq 'svg' \
    ? sprintf('sans-serif,%g', pixels) : sprintf('Sans,%.1f', pixels / 1.3)
across(pixels) = pixels / real(width)
down(pixels) = 1 - pixels / real(height)
# The command that writes what the expression `what` gives; texts themselves are never a command.
written(tag, what, x, y, align, font, colour) = \
    sprintf("set label %d %s at screen %g, %s %s font '%s' textcolor rgb %s;", \
        tag, what, across(x), y, align, font, colour)
at_line(pixels) = sprintf('screen %g', down(pixels))

# Title, what holds for all of the picture, and where it comes from.
around(kind) = written(9001, 'title', 16, at_line(22), 'left', text(kind, 16), 'ink') \
    .written(9002, 'subtitle', 16, at_line(20 + 24 * title_lines), 'left', text(kind, 12), 'grey') \
    .written(9003, 'foot', 16, at_line(height - bottom + 14), 'left', text(kind, 11), 'grey')

# --- The numbers at an axis. A linear axis has one at each step; a logarithmic one at each power
# of ten, and between them as well when there are few.
#
# What is passed to `set xtics` is a format once more, so a per cent sign is doubled; gnuplot's own
# sign for micro is a u.
printed(format, value) = (made = gprintf(format, value), at = strstrt(made, ' u'), \
    made = at ? made[1:at].'µ'.made[at + 2:*] : made, \
    made[strlen(made):*] eq '%' ? made.'%' : made)
decades(low, high) = log10(high) - log10(low)
mantissas(low, high) = decades(low, high) < 1 ? '1 2 3 4 5 6 7 8 9' \
    : decades(low, high) < 2.2 ? '1 2 5' : '1'
powers(low, high) = sprintf('for [e=%d:%d]', floor(log10(low)), ceil(log10(high)))
log_numbers(axis, p, low, high) = sprintf("set logscale %s 10;", axis) \
    .sprintf("set %s for [m in '%s'] %stics", powers(low, high), mantissas(low, high), axis) \
    .sprintf(" add (printed(%s_format[%d], m * 10.0**e * %s_factor[%d])", axis, p, axis, p) \
    .' m * 10.0**e);' \
    .sprintf("set %s for [m=2:9] %stics add ('' m * 10.0**e 1)", powers(low, high), axis)
linear_numbers(axis, p, low, high, step) = sprintf("unset logscale %s;", axis) \
    .sprintf('set for [i=%d:%d]', ceil(low / step - 1e-9), floor(high / step + 1e-9)) \
    .sprintf(' %stics add (printed(%s_format[%d],', axis, axis, p) \
    .sprintf(' i * %.15g * %s_factor[%d]) i * %.15g)', step, axis, p, step)
range(axis, low, high) = sprintf('set %srange [%.15g:%.15g]; set %stics ();', axis, low, high, axis)
x_axis(p) = range('x', x_low[p], x_high[p]).(x_log[p] \
    ? log_numbers('x', p, x_low[p], x_high[p]) \
    : linear_numbers('x', p, x_low[p], x_high[p], x_step[p]))
y_axis(p) = range('y', y_low[p], y_high[p]).(y_log[p] \
    ? log_numbers('y', p, y_low[p], y_high[p]) \
    : linear_numbers('y', p, y_low[p], y_high[p], y_step[p]))
# Few values of a swept parameter stand at the axis themselves, in the place of powers of ten.
spelt(value) = sprintf(' %.12g ', value)
note(value) = strstrt(measured, spelt(value)) ? 0 : (measured = measured.spelt(value), 0)
x_measured = "set xtics (); set for [value in measured] xtics add (value real(value))"
# Rows from the top down, without numbers.
y_rows(p) = sprintf("set yrange [%g:%g]; unset ytics; unset logscale y", y_high[p], y_low[p])

# --- Where panel p is, its title, and what is written at its axes; `left` and `beside` are the
# pixels to its sides.
panel_top(p) = top + 26 + (p > 1 ? (sum [i=1:p-1] (panel_height[i] + 78)) : 0)
panel_end(p) = panel_top(p) + panel_height[p]
sides(left, beside) = sprintf('set lmargin at screen %g; set rmargin at screen %g;', \
    across(left), across(width - beside))
ends(p) = sprintf('set tmargin at screen %g; set bmargin at screen %g;', \
    down(panel_top(p)), down(panel_end(p)))
place(kind, p, left, beside) = sides(left, beside).ends(p) \
    .written(9004, sprintf('panel_title[%d]', p), left, at_line(panel_top(p) - 10), 'left', \
        text(kind, 12), 'ink') \
    .written(9005, sprintf('x_label[%d]', p), (left + width - beside) / 2.0, \
        at_line(panel_end(p) + 41), 'center', text(kind, 12), 'grey') \
    .written(9006, sprintf('y_label[%d]', p), 18, 'graph 0.5', 'center rotate by 90', \
        text(kind, 12), 'grey')
# The legend of panel p, beside it.
legend(p) = sprintf('set key at screen %g, screen %g left top Left reverse samplen 3', \
    across(width - right + 12), down(panel_top(p) - 4)).' spacing 1.25 textcolor rgb ink'

styled = 1
