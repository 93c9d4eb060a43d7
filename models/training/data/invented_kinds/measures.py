"""What is measured, whether more of it is better, and the words for its ways up and down. Data only."""

from __future__ import annotations

BAD = (
    "unemployment|the jobless rate|jobless claims|initial claims|layoffs|job cuts|youth unemployment|inflation|core inflation|"
    "consumer prices|food inflation|import prices|the trade deficit|the budget deficit|the current account gap|public debt|"
    "government debt|household debt|bankruptcies|insolvencies|business failures|corporate defaults|foreclosures|evictions|"
    "mortgage arrears|loan delinquencies|credit card delinquencies|the default rate|loan defaults|missed payments|bad loans|"
    "non-performing loans|loan losses|loan loss provisions|provisions|impairments|write-offs|charge-offs|credit losses|"
    "credit spreads|CDS spreads|bond spreads|the risk premium|funding costs|borrowing costs|interest costs|debt costs|"
    "the VIX|the fear gauge|market volatility|recession odds|recession risk|the chance of a recession|geopolitical risk|"
    "vacancy rates|office vacancies|empty shops|customer churn|churn|cancellations|customer complaints|returns of faulty goods|"
    "warranty claims|defects|accidents|workplace injuries|staff turnover|absenteeism|inventories of unsold cars|the inventory glut|"
    "unsold stock|days sales outstanding|overdue invoices|raw material costs|energy costs|fuel costs|wage costs|input costs|"
    "freight costs|unit costs|production costs|operating expenses|the cost base|net debt|leverage|the debt ratio|the loss ratio|"
    "the combined ratio|claims costs|the cost-to-income ratio|the tax burden|cash burn|outages|flight delays|fraud losses|"
    "fraud cases|cyber attacks|thefts|emissions fines|litigation costs|short interest|customer losses|the backlog of complaints|"
    "outflows|fund outflows|deposit outflows|capital flight|poverty|shortages|supply bottlenecks|strike days|downtime|scrap rates"
)
GOOD = (
    "employment|payrolls|job openings|hiring|retail sales|industrial output|factory orders|factory output|durable goods orders|"
    "exports|consumer confidence|business confidence|investor sentiment|economic growth|GDP|productivity|real wages|"
    "household spending|consumer spending|home sales|housing starts|building permits|mortgage lending|tourist arrivals|"
    "the trade surplus|tax revenue|foreign reserves|foreign investment|venture funding|profit|net income|earnings|revenue|sales|"
    "same-store sales|comparable sales|order intake|orders|bookings|the order backlog|margins|gross margin|the profit margin|"
    "operating income|cash flow|free cash flow|return on equity|net interest margin|fee income|occupancy|occupancy rates|"
    "passenger numbers|load factors|subscribers|user numbers|customer numbers|customer satisfaction|deposits|inflows|fund inflows|"
    "assets under management|market share|production|oil output|deliveries|car sales|shipments|capacity utilisation|yields per hectare|"
    "recoveries|the capital ratio|solvency|liquidity|the cash position|book value|the dividend|EPS|ad revenue|advertising sales|"
    "average order value|rents collected|room rates|demand|demand for loans|demand for chips|approval rates|credit quality"
)
UP = (
    "rise|rises|rose|climb|climbs|climbed|jump|jumps|jumped|soar|surge|surges|surged|increase|increased|grow|grew|spike|spikes|"
    "hit record high|at highest since 20{k}|up|up {pct}|higher|up sharply|rise again|edge up|tick up|pick up|mount|keep rising|"
    "accelerate|double|doubled|more than doubled|climb to {k}-year high|rose {pct}|jumped {pct}|up from {k} to 1{k}|"
    "rise more than expected|rise for third month|rising|on the rise|expand|widen|swell"
)
DOWN = (
    "fall|falls|fell|drop|drops|dropped|decline|declines|declined|slide|slump|slumps|tumble|tumbles|shrink|shrinks|shrank|plunge|"
    "decrease|decreased|ease|eases|eased|cool|hit record low|at lowest since 20{k}|down|down {pct}|lower|down sharply|fall again|"
    "edge down|tick down|dip|keep falling|recede|halve|halved|fall to {k}-year low|fell {pct}|dropped {pct}|down to {k} from 1{k}|"
    "fall more than expected|fall for third month|falling|on the decline|contract|narrow|sink"
)
WHERE = (
    "||||||| in {nation_land}| at {w}| for second month| in {period}| last year| this year| year on year|, data show| at {trade}s|"
    " for {trade}s| among small firms|, survey finds| in June| since spring| across the sector|, helping profit@good|"
    ", hurting profit@bad| as economy recovers@good| as economy weakens@bad"
)
LANDS = "Germany|France|China|Italy|India|Sweden|the US|Britain|Japan|Brazil|Poland|Spain|Canada|the euro zone|Turkey|Texas"
MADE_WORSE = "raised by economists|pushed up by analysts|seen higher|revised up|lifted at {d}|expected to rise"
MADE_LESS = "cut by economists|lowered by analysts|seen lower|revised down|trimmed at {d}|expected to fall"
EXPENSES = "costs|expenses|overheads|debt|waste|losses|churn|emissions|net debt|its cost base|the wage bill"
CUT = "cuts|reduces|lowers|trims|slashes|brings down|pays down|shrinks|halves"
