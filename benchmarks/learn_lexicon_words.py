"""Words that the maintainers weighed by hand for learn_lexicon.py: a third prior beside TextBlob's and VADER's lists.

General lists hardly know how people complain at work ("bogus", "garbage", "overdue", "escalate") and take trade words
for feelings ("kill", "abort", "orphan"). The values are priors: how much they count is learned.
"""

from __future__ import annotations

_WEIGHED = {
    -1.0: """
    absurd abysmal appalling arrogance arrogant arse asshole atrocious awful awfully bastard bitch bogus
    braindead brainless bullshit bully bullying careless catastrophe catastrophic clueless crap crappy damn
    damned despise disaster disgrace disgraceful disgusted disgusting dishonest disrespectful dreadful dumb
    dumber fiasco fuck fucked fucking fucks garbage hate hated hates hell hideous hopeless horrible horribly
    horrid hostile idiot idiotic idiots ignorance ignorant imbecile incompetence incompetent inexcusable insane
    insanity insult insulted insulting joke junk laughable lazy liar lies loathe ludicrous lunatic lying mess
    messy moron moronic morons nasty nightmare nonsense nonsensical offensive outrage outrageous pathetic piss
    pissed pointless puke retarded ridiculous rubbish rude senseless shame shameful shit shitty sick sloppy
    stupid stupidity suck sucked sucks terrible terribly toxic trash troll trolling ugliness ugly unacceptable
    unprofessional useless vomit whine whiner whining worst worthless wtf
    """,
    -0.6: """
    anger angry annoyance annoyed annoying annoys argh awkward bad badly blame blamed blaming blatant blatantly
    bloated breach brittle broken clumsy complain complained complaining complains complaint complaints
    concerned concerning confused confusing cumbersome demand disagree disagreement disappointed disappointing
    disappointment disappoints dissatisfaction dissatisfied doubt dubious embarrassed embarrassing escalate
    escalated escalating escalation excuses fault flaw flawed flaws foolish fragile frustrated frustrates
    frustrating frustration furious hack hacky half-baked ignored ignoring inadequate insist insufficient
    irritated irritating kludge kludgy mad meh misguided misleading mistake mistakes misunderstood nack nacked
    nak nonworking objection overdue pain painful penalty poor poorly questionable refuse refused refusing
    regret reject rejected rejecting ridiculously sadly seriously sigh silly sorry struggle struggling stupidly
    tedious terminate termination ugh unfair unfortunately unhappy unmaintainable unreadable unreasonable
    unreliable unresponsive unsatisfactory untested unusable unwilling upset upsetting utterly waste wasted
    wasting worried worry worrying worse wrong wrongly yuck
    """,
    0.6: """
    agree agreed appreciate appreciated clean cleaner clear clearer correct elegant enjoy enjoyed fine fixed
    glad good happy helpful interesting neat nice pleased reasonable resolved sensible smooth smoothly solid
    solved sure thoughtful useful valuable welcome worked working works
    """,
    1.0: """
    amazing awesome beautiful beautifully best bravo brilliant congrats congratulations delighted excellent
    fabulous fantastic grateful great impressed impressive kudos love loved lovely loves outstanding perfect
    perfectly superb terrific thank thankful thanks thrilled wonderful
    """,
}
OWN = {word: value for value, words in _WEIGHED.items() for word in words.split()}

# Trade words that general lexicons take for insults or injuries; what training says of them still counts.
HOMONYMS = frozenset(
    """
    abort aborted aborting aborts alarm alien arrest attack attacks ban base bid blind block blocked blocking
    blocks cancel canceled cancelled cancer child crude dead demon destroy destroyed devil die died dies dirty
    drag dump dumped dumping evict execute executed execution exploit exploits fake fatal grave gross guilty hi
    illegal interrupt interrupted interrupting interrupts kill killed killer killing kills lag lags liabilities
    liability mask masked master orphan orphaned orphans panic panics poison poisoned pressure primitive race
    races racy reserved rob shoot shot sin slave strip tank trap traps vice victim virus volatile zombie zombies
    """.split()
)
