"""How traders write: slang, charts, hype and doom, and the promotion and chatter between. Data only."""

from __future__ import annotations

from models.labels import NEGATIVE, NEUTRAL, POSITIVE

PATTERNS = {
    POSITIVE: """{t} [to the moon|moon soon|mooning|going to the moon|next stop the moon|about to rip|ready to fly|ready to explode|sending it] {rocket}
        {t} [bull flag|cup and handle|golden cross|inverse head and shoulders|higher lows|double bottom|bullish engulfing|ascending triangle] [forming|on the daily|on the {k} min|confirmed|, looks good|]
        {t} [broke out|breaking out|breakout|cleared|reclaimed|back above|holding above|bounced off] [of |]{level} [{rocket}|, adding|, long here|next target {k}|]
        [loading|adding|added|buying|bought|scooped|grabbed|accumulating|picked up] [more|some|a few|calls on|the dip in|shares of|{k} more] {t} [here|today|at {k}|under {k}|{rocket}|]
        [long|Long|still long|going long|started a long in|new long] {t} [from {k}|here|, target {k}|, stop {k}|{rocket}|]
        [shorts|Shorts|bears|Bears] [are toast|getting squeezed|trapped|gonna cover|in trouble|so screwed|will be crushed] [on|in] {t} {gl}
        short squeeze [coming|incoming|on|starting] {t} {rocket}
        {t} [calls|weeklies|{k}c] [printing|up {k}0%|paid|are free money|looking juicy|10 bagger] {rocket}
        {t} [is a steal|is so cheap|way undervalued|undervalued|a gift|a no brainer|screaming buy|buy of the year] [here|at {k}|at these prices|{gl}]
        [buy the dip|buy buy buy|strong buy|all in on|backed up the truck on|doubling down on|diamond hands|hold the line|not selling|HODL|holding for the long run] {t} {rocket}
        {t} [green|ripping|flying|running|squeezing|popping|screaming higher|moving] [today|again|pre market|ah|after hours|{rocket}|nicely]
        {t} +{k}% {rocket}
        {t} [up|+] {k}[%|.5%|% premarket|% AH|% and climbing]
        {t} ([+{k}%|up {k}%]) [leads gainers|on heavy volume|new high of day|]
        {c} ▲ {k}%
        {t} [eod|by friday|next week|eoy] {k} easy [{rocket}|]
        [huge|massive|big|insane|great] [volume|buy orders|call flow|whale buys|earnings|news|week|day|gains] [in|on|for] {t} {rocket}
        [made|banked|up] [{amount}|{k}k|{k}%] [on|with] {t} [today|this week|calls|] {gl}
        [bottom is in|bottomed|accumulation zone|oversold, bounce coming|support held|RSI reset, ready to go] {t}
        {t} [bullish|super bullish|very bullish|looking bullish|looks strong|looks great|looks beautiful|has legs|beast] [{gl}|here|{rocket}|]
        {t} [pt|PT|price target|target] [raised|upped|hiked] to {k}
        [love|loving|really like|can't believe how good] [this company|this chart|the management|the setup|my {t} position|{t}]
        {t} [best|greatest|strongest] [stock|company|play|chart] [in the market|out there|in the world|ever|of {k} years]
        [who else is|glad i'm|so happy i'm] [holding|in|long] {t}[?|!|] {rocket}
        {t} [won't stay|not gonna stay] [this low|under {k}] [for long|] {gl}
        [bears|haters|doubters] [quiet today|where are you|in shambles] {t} {rocket}
        {t} [over|above] {k} [and it's off to the races|opens door to {k}|targets {k}|gets me long]
        [market|{index}] [wants higher|grinding up|melt up|ripping|looks ready to run|green across the board] {rocket}""",
    NEGATIVE: """{t} [to zero|going to zero|is going to 0|heading to {k}|headed lower|dead|is done|is finished|circling the drain|toast] {skull}
        {t} [bear flag|head and shoulders|death cross|double top|lower highs|rising wedge|bearish engulfing|gap down|descending triangle] [forming|on the daily|on the {k} min|confirmed|, careful|]
        {t} [broke|breaking|lost|losing|below|rejected at|failed at|can't hold|fell through|slipped under] {level} [{skull}|, out|, short here|next stop {k}|]
        [short|Short|shorting|shorted|still short|going short|new short in|adding to my short in] {t} [from {k}|here|, target {k}|, cover at {k}|into strength|]
        [puts|Puts|put flow|loading puts|buying puts|bought puts] on {t} [here|for friday|printing|{skull}|]
        {t} [puts|{k}p] [printing|paid|up {k}0%|easy money]
        [sold|dumped|selling|getting out of|out of|bailed on|took the loss on|cut|stopped out of] [all my|my|the rest of my|] {t} [here|at {k}|today|, done with this|]
        {t} [is a scam|scam|is a fraud|pump and dump|is a pump and dump|rug pull|ponzi|total garbage|trash|a joke|worthless|a dog|hot garbage|overhyped] {gl}
        [bag holders|bagholders|bulls|longs|dip buyers] [getting wrecked|crying|trapped|rekt|in denial|gonna get burned|coping hard] [in|on] {t} {skull}
        {t} [way overvalued|overvalued|overpriced|priced for perfection|bubble|too expensive|insanely overbought] [here|at {k}|at {k}x sales|]
        {t} [dead cat bounce|bull trap|fake breakout|fakeout|exit liquidity|don't fall for it|distribution]
        {t} [bleeding|dumping|tanking|crashing|red|cratering|getting crushed|getting smoked|falling knife|melting|in free fall] [today|again|every day|pre market|ah|{skull}]
        {t} -{k}% {skull}
        {t} [down|-] {k}[%|.5%|% premarket|% AH|% and falling]
        {t} ([-{k}%|down {k}%]) [leads decliners|on heavy volume|new low of day|]
        {c} ▼ {k}%
        [lost|down] [{amount}|{k}k|{k}%|half my account|everything] [on|in|with] {t} [today|this week|calls|] {gl}
        [stay away from|avoid|sell|sell all|get out of|don't touch|dump] {t} [now|before it's too late|{skull}|!|while you can]
        {t} [bearish|very bearish|looking weak|looks weak|looks terrible|looks ugly|looks heavy|no buyers|no support until {k}|top is in] {gl}
        [management|the ceo|this board] [is clueless|keeps diluting|keeps lying|sold all his shares|is robbing us|has no plan] {t} {skull}
        {t} [offering|dilution|reverse split|another offering|share sale] [again|incoming|AH|, longs screwed|]
        {t} [pt|PT|price target|target] [cut|slashed|lowered] to {k}
        [worst|ugliest|dumbest] [stock|chart|trade|buy|company] [ever|i own|in the market|of {k} years] {t}
        [hate|regret|sick of|tired of|done with] [this stock|holding {t}|buying {t}|{t}] {gl}
        [why did i buy|who is still buying|how is anyone long|can't believe i hold] {t} {skull}
        {t} [won't survive|will be bankrupt|will file|is out of cash] [this year|by {period}|soon|] {skull}
        {t} [under|below] {k} [and it's over|opens trap door|gets ugly|targets {k}]
        [market|{index}] [wants lower|rolling over|looks heavy|bloodbath|ready to crash|red across the board|getting smoked] {skull}
        [bulls|longs] [about to get slaughtered|will be punished|out of gas] {t}
        [take profits|trim|lighten up] [in|on] {t} [, this is the top|before the drop|]""",
    NEUTRAL: """[join|Join|JOIN] [our|my|the] [discord|chat room|telegram|free group|newsletter|trading room] [for alerts|link in bio|{tags}|http|today]
        [free|Free|FREE] [webinar|trading course|ebook|trial|scanner|options course] [{day}|http|sign up now|for new members]
        [watching|Watching|watchlist|on watch|my watchlist for {day}|stocks on my radar]: {t} {t} {t} [http|{tags}|]
        [anyone|Anyone] [holding|watching|trading|have thoughts on|know what's up with|in] {t} [into earnings|today|]?
        [what|What] [do you think of|are your thoughts on|is the news on|time is earnings for|strike are you looking at in] {t}?
        {t} [earnings|ER|results|call] [tomorrow|after the close|before the open|on {day}|at {k}pm] [{tags}|http|]
        {t} [chart|daily chart|weekly chart|levels to watch|key levels {k} and {k}|support {k} resistance {k}|{k} min chart] [http|{tags}|]
        {t} [flat|no position|on the sidelines|waiting for a setup|no trade here|waiting for confirmation|could go either way|coin flip] [today|here|until {day}|]
        [new|New] [video|blog post|podcast|analysis|article] [on|about|:] {t} [http|{tags}|is up http]
        [check out|Check out|read|Read] [our|my|this] [report|analysis|idea|chart|list] [on|of] {t} http
        [sign up|subscribe|follow us|click here|DM me] [for|to get] [daily alerts|trade ideas|real time picks|the full report] [{t}|http|{tags}]
        [alert|ALERT|scan results|most active options|unusual volume list|top mentions]: {t} {t} {t} {t}
        {t} [filed form 4|form 8-K|13F filing|SEC filing|insider form 4] http
        {t} [open interest|option chain|max pain {k}|short interest data|implied volatility {k}%] [for {day}|http|]
        [good morning|gm|happy friday|have a great weekend|good luck everyone|happy trading] [traders|all|folks|everyone] [{tags}|]
        [which|Which] [broker|platform|app|scanner] [do you use|is best|for options]? [{tags}|]
        [poll|POLL]: {t} [above or below {k} by {day}|up or down on earnings|buy, hold or sell]?
        {t} [ex-div {day}|split {day}|conference {day}|presents {day}|CEO on tv {day}]
        [reposting|posted|sharing] [my|a] [chart|journal|trade plan] [of|for] {t} [http|{tags}|]
        [our|the] [algo|system|model|bot] [traded|posted|scanned] {k} [names|stocks] [today|this week] http
        {t} [avg volume {k}M|float {k}M|market cap {amount}|beta 1.{k}]
        [how|How] [do i|to] [short a stock|read level 2|buy calls on {t}|set a stop loss]?
        {t} [trading at {k}|at {k}|last {k}|quote {k}|{k} x {k}] [{tags}|]
        [live|Live] [stream|trading] [starts|at] {k} [est|am|pm] http {tags}""",
}
