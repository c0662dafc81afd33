r"""TeX that KaTeX does not know, and what stands for it there.

Read off KaTeX 0.19: each command below is an error in it, and its replacement is not. The commands are those of LaTeX,
amsmath, mathtools and other packages that papers use; the column at the right of each table says which. `\coloneqq` and
`\eqqcolon` KaTeX knows, but MathJax as GitHub runs it and older KaTeX do not.
"""

from __future__ import annotations

import re

# A command, what stands for it (`#1`, `#2` … are its arguments, in braces), and the package that it comes from.
_TABLE = r"""
mbox            \text               LaTeX
textsc          \text               LaTeX
textsl          \textit             LaTeX
makebox         \text               LaTeX
framebox        \fbox               LaTeX
parbox          \text{#2}           LaTeX
mit             \it                 LaTeX 2.09
em              \it                 LaTeX
sl              \it                 LaTeX
sc              \rm                 LaTeX
label           =#1                 LaTeX
vspace          =#1                 LaTeX
thanks          =#1                 LaTeX
ref             \text{#1}           LaTeX
eqref           (\text{#1})         amsmath
cite            [\text{#1}]         LaTeX
footnote        \;(\text{#1})       LaTeX
footnotemark    =                   LaTeX
centering       =                   LaTeX
noindent        =                   LaTeX
par             =                   LaTeX
linebreak       =                   LaTeX
break           =                   TeX
hfill           \quad               TeX
hfil            \quad               TeX
strut           \mathstrut          TeX
null            {}                  LaTeX
lefteqn         =                   LaTeX
ensuremath      =                   LaTeX
smashoperator   =                   mathtools
coloneqq        \mathrel{:=}        mathtools
coloneq         \mathrel{:-}        mathtools
eqqcolon        \mathrel{=:}        mathtools
mathsmaller     =                   relsize
smaller         \small              relsize
larger          \large              relsize
scalebox        {#2}                graphicx
resizebox       {#3}                graphicx
rotatebox       {#2}                graphicx
mathds          \mathbb             dsfont
mathbbm         \mathbb             bbm
mathpzc         \mathcal            zapf chancery
EuScript        \mathcal            euscript
mathbfit        \boldsymbol         unicode-math
mathbfsf        \boldsymbol         unicode-math
mathbfcal       \boldsymbol{\mathcal{#1}}  unicode-math
mathbfscr       \boldsymbol{\mathscr{#1}}  unicode-math
symbf           \mathbf             unicode-math
symup           \mathrm             unicode-math
symit           \mathit             unicode-math
oldstylenums    =                   LaTeX
overparen       \overgroup          mathabx
wideparen       \overgroup          yhmath
widearc         \overgroup          fourier
overarc         \overgroup          arcs
vv              \overrightarrow     esvect
iiiint          \int\!\!\!\iiint    amsmath
idotsint        \int\!\cdots\!\int  amsmath
dotsint         \int\!\cdots\!\int  esint
fint            {\rlap{\;-}\int}    esint
varoiint        \oiint              esint
ointctrclockwise    \oint           esint
varointclockwise    \oint           esint
llangle         \langle\!\langle    MnSymbol
rrangle         \rangle\!\rangle    MnSymbol
lAngle          \langle\!\langle    unicode-math
rAngle          \rangle\!\rangle    unicode-math
llceil          \lceil\!\lceil      stmaryrd
longmapsfrom    \longleftarrow\!\shortmid  stmaryrd
Mapsto          \Rightarrow         stmaryrd
independent     {\perp\!\!\!\perp}  of many papers
indep           {\perp\!\!\!\perp}  of many papers
Perp            {\perp\!\!\!\perp}  MnSymbol
adots           {\cdot^{\cdot^{\cdot}}}  yhmath
iddots          {\cdot^{\cdot^{\cdot}}}  mathdots
hdots           \ldots              of many papers
bigtimes        {\large\times}      mathabx
bigsqcap        {\large\sqcap}      stmaryrd
bigcurlyvee     {\large\curlyvee}   stmaryrd
divides         \mid                mathabx
slash           /                   TeX
cancelto        \cancel{#2}^{#1}    cancel
prescript       {}^{#1}_{#2}{#3}    mathtools
nicefrac        {}^{#1}\!/_{#2}     nicefrac
sfrac           {}^{#1}\!/_{#2}     xfrac
abs             {\lvert #1\rvert}   physics
norm            {\lVert #1\rVert}   physics
dd              \mathrm{d}          physics
tr              \operatorname{tr}   physics
Tr              \operatorname{Tr}   physics
rank            \operatorname{rank}  physics
erf             \operatorname{erf}  physics
sgn             \operatorname{sgn}  of many papers
diag            \operatorname{diag}  of many papers
lcm             \operatorname{lcm}  of many papers
sech            \operatorname{sech}  of many papers
csch            \operatorname{csch}  of many papers
arsinh          \operatorname{arsinh}  of many papers
arccot          \operatorname{arccot}  of many papers
esssup          \operatorname*{ess\,sup}  of many papers
qed             \square             amsthm
qedsymbol       \square             amsthm
QED             \square             of many papers
textdegree      {}^{\circ}          LaTeX
celsius         {}^{\circ}\mathrm{C}  gensymb
angstrom        \text{\AA}          siunitx
Angstrom        \text{\AA}          siunitx
permil          \text{‰}            siunitx
textperthousand  \text{‰}            LaTeX
texteuro        \text{€}            LaTeX
euro            \text{€}            eurosym
textsection     \text{\S}           LaTeX
textpm          \pm                 LaTeX
texttimes       \times              LaTeX
textdiv         \div                LaTeX
textminus       -                   LaTeX
textmu          \mu                 LaTeX
textbullet      \bullet             LaTeX
toprule         \hline              booktabs
midrule         \hline              booktabs
bottomrule      \hline              booktabs
cline           =#1                 LaTeX
upalpha         \alpha              upgreek
upbeta          \beta               upgreek
upgamma         \gamma              upgreek
updelta         \delta              upgreek
upmu            \mu                 upgreek
uppi            \pi                 upgreek
upsigma         \sigma              upgreek
upomega         \omega              upgreek
"""

# Environments: what begins them and what ends them in KaTeX; `\begin{multline}` becomes `\begin{gathered}`.
_ENVIRONMENTS = r"""
eqnarray        \begin{array}{rcl}                  \end{array}                 LaTeX
eqnarray*       \begin{array}{rcl}                  \end{array}                 LaTeX
multline        \begin{gathered}                    \end{gathered}              amsmath
multline*       \begin{gathered}                    \end{gathered}              amsmath
multlined       \begin{gathered}                    \end{gathered}              mathtools
flalign         \begin{aligned}                     \end{aligned}               amsmath
flalign*        \begin{aligned}                     \end{aligned}               amsmath
psmallmatrix    \left(\begin{smallmatrix}           \end{smallmatrix}\right)    mathtools
bsmallmatrix    \left[\begin{smallmatrix}           \end{smallmatrix}\right]    mathtools
tabular         \begin{array}                       \end{array}                 LaTeX
displaymath     =                                   =                           LaTeX
math            =                                   =                           LaTeX
"""


def _expansion(written: str) -> str:
    """`=` is nothing, and `=#1` takes the argument away, too."""
    return "" if written in ("=", "=#1") else written


_ROWS = [re.split(r"\s{2,}", line) for line in _TABLE.strip().splitlines()]
MACROS: dict[str, str] = {row[0]: _expansion(row[1]) for row in _ROWS}
"""Expansion by command name, without the backslash; a command whose expansion has no `#` keeps what follows it."""

ARGUMENTS: dict[str, int] = {row[0]: max((int(part[0]) for part in row[1].split("#")[1:]), default=0) for row in _ROWS}
"""How many arguments in braces each command takes away with it."""

ENVIRONMENTS: dict[str, tuple[str, str]] = {
    row[0]: (_expansion(row[1]), _expansion(row[2])) for row in map(str.split, _ENVIRONMENTS.strip().splitlines())
}
"""What begins and what ends an environment, by its name."""
