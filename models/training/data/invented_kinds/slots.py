"""What the slots of the patterns stand for, with | between the alternatives; a slot may hold others. Data only.

``{w}`` is whoever the text is about, ``{c}`` and ``{d}`` are companies by name, ``{t}`` is a ticker, ``{k}`` a number.
"""

from __future__ import annotations

SLOTS = {
    "trade": "retailer|lender|chipmaker|carmaker|airline|builder|developer|insurer|drugmaker|miner|utility|broker|"
    "oil producer|shipping line|food group|telecom operator|software maker|exchange|hedge fund|bank|biotech|"
    "steelmaker|brewer|hotel chain|logistics firm|property group|crypto exchange|asset manager|startup|supermarket chain|"
    "fintech|payment firm|game studio|solar company|battery maker|department store|restaurant chain|toy maker|publisher|"
    "hospital operator|car dealer|travel agent|furniture maker|fashion house|dairy|railway|casino operator",
    "nation": "German|French|Chinese|Italian|Indian|Swedish|US|British|Japanese|Korean|Brazilian|Polish|Dutch|Swiss|"
    "Canadian|Turkish|Spanish|Australian|Nigerian",
    "what_firm": "{trade}|{nation} {trade}|{trade} {c}|{nation} {trade} {c}|{c}|{c}|{c}|regional {trade}|family-owned {trade}",
    "w": "{c}|{c}|{c}|{c}|{what_firm}|{what_firm}|{t}|{c} ({t})",
    "city": "London|New York|Frankfurt|Mumbai|Shanghai|Toronto|Oslo|Milan|Sydney|Lagos|Chicago|Zurich|Seoul|Madrid|Dallas",
    "person": "its founder|its chief executive|the former CEO|its finance chief|a former executive|its chairman|"
    "a senior trader|the CFO|two directors|an ex-manager|the co-founder|the head of its trading desk",
    "Person": "Founder|Chief executive|CEO|Former CEO|Finance chief|Chairman|CFO|Ex-treasurer|Director|Billionaire owner",
    "watchdog": "SEC|FTC|DOJ|the regulator|regulators|prosecutors|the watchdog|antitrust authorities|tax authorities|"
    "the Justice Department|the EU|the financial supervisor|police|the attorney general|the competition authority|the FCA",
    "amount": "${k} million|${k}M|${k}m|{k} million euros|EUR {k} million|${k} billion|{k} bln dollars|Rs {k} crore|£{k}m|"
    "{k} million dollars|{k}mn",
    "pct": "{k}%|{k} percent|{k} per cent|{k} pct",
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|today|yesterday|this week|this morning|late Friday|over the weekend",
    "period": "Q1|Q2|Q3|Q4|first-quarter|second-quarter|third-quarter|fourth-quarter|full-year|half-year|quarterly|annual",
    "goods": "vehicles|cars|SUVs|car seats|heaters|e-bikes|toys|frozen meals|infant formula|batteries|pacemakers|insulin pumps|"
    "blood pressure pills|eye drops|washing machines|cheese|salad kits|airbags|laptops|chargers|strollers|pet food",
    "danger": "fire risk|a brake fault|a choking hazard|listeria|salmonella|a software bug|contamination|overheating|"
    "undeclared nuts|steering problems|mislabelled doses|metal fragments|a battery defect|mould|injuries",
    "crime": "fraud|insider trading|money laundering|bribery|embezzlement|tax evasion|market manipulation|price fixing|"
    "accounting fraud|wire fraud|a Ponzi scheme|forging invoices|misleading investors|spoofing|theft of trade secrets",
    "crimes": "cooked books|fake invoices|kickbacks|hidden losses|inflated sales|bogus loans|undisclosed debts|secret payments|"
    "false statements to investors|an accounting scandal|unexplained transfers|bribes to officials",
    "court": "a court in {city}|a judge|a federal judge|a jury|the high court|an appeals court|the court|a tribunal",
    "drug": "cancer drug|obesity pill|flu vaccine|heart drug|migraine treatment|gene therapy|asthma inhaler|eye drug|"
    "insulin|diabetes treatment|arthritis drug|lung cancer therapy|sleep drug|biosimilar",
    "site": "plant|factory|refinery|mine|warehouse|data centre|shipyard|smelter|depot|terminal|oil rig|chip plant|pipeline",
    "buyer": "the US Army|the defence ministry|NASA|a Gulf airline|the city of {city}|a large European utility|a state railway|"
    "the Pentagon|a global carmaker|the health ministry|{d}|{d}|{d}|a big cloud provider|the {nation} government|a top retailer",
    "thing": "jets|turbines|chips|batteries|software|trains|cloud services|missiles|vaccines|satellites|steel|buses|servers|"
    "solar panels|engines|payment terminals|sensors|ships|cables|LNG|rail cars|radar systems|ventilators|drones",
    "role": "CFO|chief financial officer|chief operating officer|head of Asia|general counsel|chairman|chief technology officer|"
    "board member|head of investor relations|chief executive|non-executive director|chief marketing officer|country manager",
    "name": "Maria Lind|John Carver|Anil Rao|Petra Voss|Tom Okafor|Li Wen|Sara Holt|Jean Marchand|Erik Dahl|Ruth Cole|Omar Haddad",
    "event": "conference|investor day|annual meeting|webcast|trade fair|capital markets day|roadshow|fireside chat|summit|forum",
    "index": "S&P 500|Nasdaq|Dow|DAX|FTSE|Nifty|Sensex|Nikkei|Hang Seng|stocks|the market|futures|small caps|tech stocks|crude|"
    "bitcoin|gold|the euro|copper|bank stocks|Wall Street|European shares|emerging markets",
    "level": "{k}|${k}|the {k} level|the 200-day|the 50 day MA|vwap|all time highs|the trend line|the gap|the range",
    "tags": "#stocks|#trading|#investing|$SPY|#news|#daytrading|#markets|#crypto|#nifty|#options",
    "rocket": "🚀|🚀🚀🚀|📈|💎🙌|🔥|🐂|💰|🤑",
    "skull": "📉|💀|🩸|🐻|🤡|📉📉|🔻|😭|🗑",
    "gl": "lol|smh|imo|tbh|lmao||||||bro|folks|guys|ngl",
}
