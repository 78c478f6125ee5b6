# Latency against percentile, straight from percentile files (.hgrm) of this or of another tool.
#
#   gnuplot -e "files='a.hgrm b.hgrm'" plots/hgrm.gp
#
# Options, each as name='...' before the script: names (one word for each file, in the legend),
# scale (seconds in one unit of the files: 1e-9, the default, for nanoseconds), out (where the
# pictures go, without ending: 'hgrm'), title. File names may not hold spaces.

if (!exists('files')) {
    print "give the files: gnuplot -e \"files='a.hgrm b.hgrm'\" plots/hgrm.gp"
    exit status 2
}
if (!exists('out')) { out = 'hgrm' }
if (!exists('names')) { names = files }
if (!exists('scale')) { scale = 1e-9 }
wanted = exists('title') ? title : 'Latency by percentile'
data = ''
load ARG0[1:strstrt(ARG0, 'hgrm.gp') - 1].'style.gp'

title = wanted
foot = files
set datafile separator whitespace
nines = "'0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1e3, '99.99 %%' 1e4, " \
    ."'99.999 %%' 1e5, '99.9999 %%' 1e6, '99.99999 %%' 1e7"
do for [kind in 'svg png'] {
    eval terminal(kind)
    set output out.'.'.kind
    eval around(kind)
    set lmargin at screen across(84); set rmargin at screen across(width - right)
    set tmargin at screen down(60); set bmargin at screen down(height - 70)
    set logscale xy 10
    eval 'set xtics ('.nines.')'
    set format y '%.0s %cs'
    set key at screen across(width - right + 12), screen down(56) left top Left reverse \
        samplen 3 spacing 1.25
    plot for [i=1:words(files)] word(files, i) using 4:($1 * scale) with lines lt i \
        title word(names, i)
    unset output
}
undefine styled
