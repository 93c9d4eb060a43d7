"""What is good or bad for a company, or neither, without any figure to compare: patterns of invented sentences.

Written for what the labelled sets, tweets and headlines, hardly have: the plain prose of company reports and releases,
and banks in distress. Every slot is filled anew; {c} and {d} are companies. Data only.
"""

from __future__ import annotations

from models.labels import NEGATIVE, NEUTRAL, POSITIVE

# Alternatives for a slot, with | between them. A slot may hold others.
SLOTS = {
    "n": "12|30|45|80|150|400",
    "year": "2003|2006|2009|2014|2018|2022|2026",
    "month": "January|March|April|June|August|September|November",
    "money": "EUR {n} million|EUR {n}mn|USD {n} million|${n}m|SEK {n} million|GBP {n}m",
    "place": "Sweden|Estonia|Poland|the Baltic countries|India|China|Brazil|Germany|the United States|Norway|"
    "Turkey|Asia",
    "unit": "division|business area|segment|subsidiary|unit|branch network|service business",
    "product": "lifts|network equipment|paper machines|engines|cranes|mobile software|medical devices|data centres|"
    "forest machines|card payment systems|packaging|pumps|power cables|ships|insurance software|steel structures|"
    "turbines|tyres|furniture|chargers|garments|bakery products|smart meters|trains",
    "customer": "{d}|a Chinese shipyard|a large European retailer|the city of Riga|a Brazilian pulp mill|"
    "an energy company in {place}|the ministry of defence|a telecom operator in {place}",
    "order": "an order|a contract|a framework agreement|a multi-year contract|a repeat order|a major order|a deal",
    "won": "won|received|been awarded|secured|landed|signed",
    "wins": "wins|receives|is awarded|secures|lands",
    "boss": "chief executive|CEO|managing director|chairman|president",
    "said": "said|says|told reporters|noted|commented",
    "later": "in the second half of the year|by the end of {year}|in {month}|next year|in {year}",
    "better": "improve its profitability|strengthen its position in {place}|improve efficiency|raise its market share|"
    "bring clear savings|speed up its growth|create synergies|support its margins|shorten delivery times|"
    "lower its production costs|serve its customers better",
    "worse": "weaken its profitability|burden its result|hurt sales in {place}|squeeze its margins|slow its growth|"
    "lead to further write-downs|delay deliveries",
    "strong": "strong|brisk|lively|good|excellent|healthy|record",
    "weak": "weak|sluggish|poor|soft|disappointing|falling",
    "grow": "grow|increase|pick up|develop favourably|improve",
    "shrink": "decline|shrink|fall short of last year|remain below expectations|deteriorate",
    "broker": "{d}|an investment bank|a brokerage|analysts at {d}",
}

EVENTS = {
    NEGATIVE: """{c} suspends withdrawals after savers pull out {n} million
        Savers wait in line at branches of {c} to take out their money
        Crowds gather outside {c} branches as clients pull their deposits
        Deposit outflows at {c} quicken as confidence fades
        Clients empty their accounts at {c} after rumours of losses
        {c} asks the central bank for emergency liquidity
        Regulator closes {c} and appoints a receiver
        {c} freezes redemptions from its property fund
        Account holders cannot reach their money at {c} for a second day
        Rating agency cuts {c} to junk
        {c} will skip its dividend this year
        {c} scraps its payout to save cash
        {c} has not been able to refinance its bonds
        {c} fails to meet the terms of its loans
        {c} does not expect to return to profit this year
        {c} no longer expects its sales to grow
        {c} will lay off {n} employees and shut its plant
        {c} starts talks to cut {n} jobs
        {c} loses its biggest customer to {d}
        {c} expects earnings to be clearly below last year's
        {c} warns that the year will end with a loss
        {d} cancels an order worth {n} million from {c}
        Demand for the products of {c} remains weak
        {c} recalls {n} vehicles over faulty brakes
        Investors flee {c} after auditor resigns
        {c} is sued by {d} over unpaid bills
        Hackers steal {n} million from {c}
        {c} falls short of what analysts had hoped for
        Another bad day for {c} and those who own its shares
        {c} delays its accounts again
        {c} begins negotiations on reducing personnel in its {unit} in {place}
        {c} will temporarily lay off {n} people at its {product} factory
        {c} discontinues production of {product} in {place}, and {n} people lose their jobs
        {customer} has cancelled its order for {product}, {c} {said}
        Demand for {product} was {weak} in {place}, which made the result of {c} fall
        The market for {product} is expected to {shrink} {later}
        {c} expects sales of its {unit} to {shrink}
        The strike at the {product} factory will {worse}, according to {c}
        Rising raw material prices are likely to {worse}, the {boss} of {c} {said}
        The weak dollar continues to {worse}, {c} {said}
        {c} lost market share in {product} to {d}
        Start-up of the plant in {place} has been postponed because of technical problems
        {c} books a write-down of {money} on its {unit}
        {broker} cut its recommendation on {c} to sell from hold
        {broker} lowered its target price for {c}
        Shares in {c} closed down at their lowest level since {year}
        {c} was the day's worst performer on the exchange
        {c} has been fined {money} for breaking competition rules in {place}
        A court in {place} ordered {c} to pay damages to {d}
        {c} withdraws its guidance, as the situation in {place} gets worse
        The {boss} of {c} is suspected of insider trading
        {c} halts deliveries of {product} after quality problems""",
    NEUTRAL: """{c} will publish its interim report on {n} August
        {c} appoints a new head of communications
        The board of {c} consists of {n} members
        {c} employs {n} people and has its seat in the capital
        {c} makes pumps and valves for the process industry
        The shares of {c} are listed on the main market
        The value of the deal between {c} and {d} was not disclosed
        {c} is not a party to the lawsuit against {d}
        {c} has no plans to sell its stake in {d}
        {c} holds {n} per cent of the shares of {d}
        {c} moves its office to another street
        {c} changes the name of its subsidiary
        What to look for when {c} reports this week
        {c} has not received any notice from the supervisor
        {c} says its covenants were tested and no action is needed
        {c} and {d} extend their cooperation agreement on the same terms
        The general meeting of {c} approved the accounts
        {c} will redeem its bonds on the due date
        The new plant of {c} covers {n} square metres
        {c} keeps its outlook for the year unchanged
        {c} shares rise while those of {d} fall by as much
        Stocks mixed: {c} gains, {d} slips
        {c} supplies {product} and related services, and has offices in {n} countries
        {c}, founded in {year}, is a manufacturer of {product}
        {c} is part of {d} group, which makes {product}
        The {unit} has about {n} employees in {place}
        The contract covers the design and delivery of {product}
        Deliveries of the {product} are scheduled for {later}
        The parties have agreed not to disclose the price
        Financial terms were not given
        The transaction requires the approval of the competition authorities in {place}
        The deal is due to close {later}
        {d} has sold its {unit} to {c}
        {c} buys {n} per cent of {d}, a maker of {product}
        {d}'s holding in {c} now stands at {n} per cent of the voting rights
        The share capital of {c} is divided into {n} million shares
        {c} issues {n} thousand new shares on the basis of stock options
        {c} will arrange a press conference on the matter on {n} {month}
        The annual general meeting of {c} elected {n} members to the board
        {c} has appointed a new {boss} as of {month}
        The {boss} of {c} will continue in office until {later}
        The building has {n} floors and will house the {unit} of {c}
        {c} plans to decide on the location of the {product} factory {later}
        {c} has applied for a listing in {place}
        {c} reports its figures by segment from {month} onwards
        The {product} will be made in {place} and in {place}
        {c} moves production of {product} from {place} to {place}
        The loan of {money} falls due in {year}
        "We are studying several alternatives", the {boss} of {c} {said}
        {c} has no comment on the market rumours, its {boss} {said}
        {c} will use the brand name of {d} for its {product}
        {broker} kept its hold recommendation on {c}
        The stock trades in {place} under its own symbol
        Results of the tender for {product} will be known {later}""",
    POSITIVE: """{c} wins an order worth {n} million from {d}
        {c} raises its dividend and buys back shares
        {c} returns to profit a year ahead of plan
        {c} expects earnings to be clearly above last year's
        {c} lifts its outlook for the second time this year
        Deposit outflows at {c} have stopped, the bank says
        {c} repays its emergency loan early
        Regulator lifts the restrictions on {c}
        Losses at {c} are lower than analysts had feared
        {c} narrows its loss as costs come down
        {c} returns to growth after two weak years
        {c} is no longer on the list of weak banks
        {c} avoids default after lenders agree to extend its loans
        {c} has cut its debt by half
        {c} does better than analysts had hoped
        {c} will hire {n} people for its new plant
        Demand for the products of {c} is stronger than ever
        Rating agency upgrades {c}
        {c} settles its dispute with {d} for less than feared
        {c} and {d} join forces to open a new market
        {c} gains customers that leave {d}
        {c} opens a plant that doubles its capacity
        Court clears {c} of all charges
        {c} gets approval for its new medicine
        {c} finds a buyer for its ailing unit
        {c} saves {n} million a year with its new system
        {c} has {won} {order} for {product} from {customer}
        {c} has {won} {order} to deliver {product} to {customer}
        {c} {wins} {order} for {product} in {place}
        {customer} has ordered {product} from {c}
        {customer} has chosen {c} as its supplier of {product}
        {c} will supply {customer} with {product} under a contract worth {money}
        {c} has {won} {order} worth {money} with {customer}
        {c} and {d} have signed an agreement on developing {product} together
        {c} expands in {place} by opening {n} new outlets
        {c} strengthens its {unit} in {place} by buying {d}
        {c} widens its range of {product} to meet growing demand
        {c} builds a second {product} plant in {place} because of {strong} demand
        {c} invests {money} in {place} in order to {better}
        The acquisition of {d} will {better}, {c} {said}
        The new {product} will help {c} {better}
        With the agreement {c} can {better}
        The reorganisation is expected to {better}
        The cooperation with {d} lets {c} {better}
        Demand for {product} has been {strong} in {place}, the {boss} of {c} {said}
        {c} expects its {unit} to {grow} {later}
        The market for {product} will continue to {grow} in {place}
        "Our order book is {strong} and we are very pleased", {said} the {boss} of {c}
        "I am satisfied with how our {unit} performs", the {boss} of {c} {said}
        {c} is well placed to gain from the growth in {product}
        {c} has become the market leader in {product} in {place}
        {c} received an award for the best {product} of the year
        Customers rated {c} the best supplier of {product}
        {c}'s {product} use less energy and cost less than those of {d}
        The first tests of the new {product} of {c} went better than planned
        {broker} raised its recommendation on {c} to buy from hold
        {broker} raised its target price for {c}
        Shares in {c} closed up at their highest level since {year}
        {c} was the day's best performer on the exchange
        {c} creates {n} jobs in {place}
        {c} will pay an extra dividend to its shareholders
        The {product} plant in {place} starts up earlier than planned""",
}
