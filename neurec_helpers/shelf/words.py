"""Words for titles and names. `{word}` in a template draws from the list of that name."""

GIVEN = """
Ada Agnes Aiko Alba Alfie Amara Anouk Anselm Arvid Aurelia Bashir Basil Beatrix Benedikt Blanche
Bram Brigid Caspian Cecily Chidi Clement Clover Cosima Cyprian Dagny Darius Delphine Desmond Dilys
Dorothea Ebele Edda Eldon Elif Elspeth Emeka Enid Erasmus Esme Evander Farida Felix Fenella Ferdia
Fiorella Flannan Frida Gareth Gethin Ginevra Giles Greta Gwendolen Hamish Haruki Hattie Hedda
Hester Hollis Honor Idris Ilse Imogen Ingrid Iolo Isadora Ivo Jarek Jessamy Jomo Jonquil Joost
Juniper Kasimir Keziah Kofi Lavinia Leocadia Lev Lionel Lorcan Lucasta Ludo Maeve Magnus Malika
Marcel Marigold Mateo Maud Mireille Moira Mungo Nadia Nell Ngozi Niamh Nils Noor Octavia Odile
Olwen Orla Osric Otto Pascal Pearl Percival Petra Philippa Phoebe Piers Prudence Quentin Rafe
Ramona Rashid Renzo Rhoda Roscoe Rosalind Rowan Rufus Sabine Saskia Senan Seraphina Sigrid Silas
Solveig Sorcha Soren Stellan Sunniva Sybil Tabitha Tamsin Tariq Tavish Theodora Thora Tilda Tobias
Tomasz Una Ursula Valentin Vashti Vesna Vikram Wilhelmina Winifred Wren Xanthe Yasmin Yoshi Yusuf
Zadie Zelda Zora
""".split()

NAME_STARTS = """
Alder Amber Appel Arro Ash Bal Barn Beck Bell Bitter Black Bracken Bram Brindle Bur Butter Cald
Candle Cinder Clap Copper Cor Crab Cran Dapple Dandel Dove Dun Eider Elder Ember Fair Farthing
Feather Fen Finch Flint Fox Frost Gander Ginger Glass Goose Grim Hag Half Harrow Hazel Heather Hob
Holly Honey Horn Hush Inkle Iron Jack Jasper Kestrel Kettle Lamp Larks Lin Loom Mallow Marl Merry
Mickle Midden Mill Mist Moor Moth Mul Nettle Nightin Oaken Otter Owl Pear Pepper Pickle Plum Quill
Raven Reed Rook Rush Sable Saffron Salt Sedge Sorrel Sparrow Spindle Stark Summer Swan Tallow
Tarn Thimble Thistle Thorn Tinder Toller Umber Under Vesper Wand Wax Weather Whistle Wild Willow
Winter Wither Wood Worm Wych Yarrow
""".split()

NAME_ENDS = """
bank beck berry bourne bridge brook burgh bury by combe cote croft dale den down fell field fold
ford gate grave ham hart hollow holme house hurst land ley lock low marsh mere moor mount ness
pool ridge row shaw side stead stock stone thorpe thwaite ton tree vale wade water way well wick
wold wood worth
""".split()

FAR_NAMES = """
Abaroa Adeyinwa Akintari Almasova Amadori Andrikos Arslanbek Asakuma Balodimas Banerjit Barzanov
Belacqui Bergsund Boateri Bondarev-Lisk Brancazzi Cardelini Castelnoir Chaudhuran Dalgaarden
Delacourte-Bisi Diallome Dragomani Ekstromer Eskandarian Falkenhaug Fernandoz Fujimorita Garabedi
Goncharelli Grzybek Hakimoto Halvarsen Hamidullin Hoshizawa Ibarrola Igwenagu Ivarsdal Jaramundo
Kallistratos Kaplinska Karimzand Katsuragi Kirchwald Kovalenq Kwabenor Lagerspont Lindqvast
Machadinho Mahlangwe Makarainen Mandelbloom Marchetto Mbekiri Mirzakhel Montebruno Moravcek
Mukherjan Nakashiro Ndiayoke Nguyendo Nordvall Obafemwi Odhiamboli Okonjara Olavsrud Ortizaga
Palmqvarn Papadrakis Pashinova Perelmuter Quispeano Rahmanzai Rajaratni Reinholtz Rosenquill
Saarikorpi Santibanez-Oro Sardinelli Shimazono Sidorenkov Skarsholm Soleimanpur Szymborak
Tagliaferro-Moss Takahira Tchaikoff Thorvaldin Tomaszevic Tremblavoine Ueharada Valdivieso-Roe
Vandermolk Vassilakou Villarroyo Wachowiak Wijesundra Xiangli Yamanobe Zabaletta Zielonka Zulkarim
""".split()

COMMON = {
    "number": "Two Three Four Five Six Seven Nine Eleven Twelve Thirteen Seventeen Forty".split(),
    "ordinal": "First Second Third Fourth Fifth Seventh Ninth Eleventh Thirteenth Last".split(),
    "month": "January February March April May June August September October November".split(),
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
    "season": "Spring Summer Autumn Winter".split(),
}


def _list(text):
    return [" ".join(words.split()) for words in text.split(",")]


# Per genre: templates, then the words that they draw from.
TITLES = {
    "Fantasy": (
        _list(
            """The {role} of {place}, {thing} and {thing2}, A {thing} of {stuff} and {stuff2}, The
            {number} {beast}s of {place}, The {adj} {beast}, {adj} {thing}, The {role} Who Ate the
            {sky}, Beneath the {adj} {land}, The {beast} at the {land}'s Edge, Song of the {adj}
            {beast}, The {role}'s Reluctant {beast}, Where the {sky} Sleeps in {place}, {given}
            and the {adj} {thing}, No {role} in {place}, The {stuff} {thing}, The Last {beast} but
            One, A {role} Owes a {beast}, The {land} That Dreamed of {stuff}, How to Bribe a
            {beast}, Oath of the {ordinal} {role}, {beast}s of the {adj} {land}, The {role} with
            {number} Shadows, Unmaking the {stuff} {thing}, The {sky}-Thief's {relative}"""
        ),
        {
            "role": _list(
                """Hedge-Witch, Oathbreaker, Cartographer, Bell-Ringer, Moth-Keeper, Ferrymage,
                Thorn Queen, Salt King, Candle Prince, Wind-Tailor, Rune-Cutter, Exiled Page,
                Glass Knight, Bee Sorcerer, Map-Eater, Toll-Warden, Runaway Heir, Bone Harper,
                Lamplighter, Goblin Clerk, Marsh Oracle, Starless Monk, Weather-Seller"""
            ),
            "thing": _list(
                """Crown, Lantern, Throne, Key, Mirror, Harp, Cloak, Gate, Loom, Chalice, Needle,
                Bell, Mask, Ledger, Spindle, Compass, Antler, Cauldron, Banner, Quill"""
            ),
            "thing2": _list(
                """Thunder, Thistle, Ruin, Marrow, Honey, Hunger, Feather, Tide, Whisper, Frost,
                Wax, Rumour, Briar, Sorrow, Dusk, Mercy"""
            ),
            "stuff": _list(
                """Salt, Moonwax, Ember, Ivory, Amber, Starlight, Iron, Honey, Snow, Cobweb, Rain,
                Bronze, Ash, Willow, Smoke, Opal, Rust, Birdsong"""
            ),
            "stuff2": _list(
                """Hours, Echoes, Bargains, Wings, Roots, Names, Crowns, Teeth, Lies, Candles,
                Oaths"""
            ),
            "beast": _list(
                """Dragon, Griffin, Wyrm, Basilisk, Stag, Marsh-Cat, Owl-Bear, Kelpie, Moth-Lion,
                Firebird, Salamander, Hill-Giant, Moon-Hare, Cockatrice, Troll, Raven,
                Sea-Serpent"""
            ),
            "adj": _list(
                """Unsworn, Hollow, Ninefold, Gilded, Sleepless, Barefoot, Thrice-Sold,
                Whispering, Unburnt, Borrowed, Crooked, Weeping, Silver-Eyed, Forgotten,
                Winterborn, Unlucky, Velvet, Moss-Grown, Half-Drowned, Impatient, Uncrowned"""
            ),
            "land": _list(
                """Mountain, Marsh, Forest, Moor, Citadel, Orchard, Tower, Valley, River, Isle,
                Barrow, Causeway, Tundra, Harbour"""
            ),
            "sky": _list("Moon, Evening Star, North Wind, Dawn, Thunder, Rainbow, Comet, Dusk"),
            "relative": _list("Daughter, Apprentice, Grandmother, Twin, Creditor, Rival, Cousin"),
        },
    ),
    "Science fiction": (
        _list(
            """The {place} {event}, {number} Moons over {place}, The {machine} Who {did}, A Short
            History of the {ordinal} {event}, {adj} {machine}, Orbit of the {adj} {thing},
            {number} Parsecs from {place}, The {scientist}'s {machine}, {place} Station, Do Not
            Wake the {machine}, Signals from {place}, The {adj} {event}, All the {machine}s of
            {place}, {unit}s Later, Terms and Conditions for a {machine}, Every {unit} but This
            One, The {scientist} Paradox at {place}, Low Gravity {noun}, {noun} in the Age of
            {machine}s, The {ordinal} Colony, Static on the {place} Line, Zero-Gravity {noun}, The
            {noun} Equation of {place}, Last Shuttle to {place}, The {machine} in Cargo Bay
            {number}, Error {number}: {noun} Not Found, The {place} Upload"""
        ),
        {
            "machine": _list(
                """Android, Probe, Automaton, Satellite, Drone, Starship, Terraformer, Replicant
                Gardener, Clone, Airlock, Mainframe, Teleporter, Chronometer, Robot Butler,
                Vending Machine, Escape Pod, Neural Net, Cyborg, Space Elevator, Toaster"""
            ),
            "did": _list(
                """Remembered Rain, Voted Twice, Learned to Sulk, Counted the Stars, Missed Earth,
                Wrote Sonnets, Refused Updates, Forgot Tomorrow, Applied for Leave, Dreamed in
                Hex, Outlived the Sun, Adopted a Cat, Came Back Early, Would Not Reboot"""
            ),
            "scientist": _list(
                """Xenobiologist, Astronomer, Cryonicist, Navigator, Engineer, Time Auditor,
                Quantum Plumber, Exobotanist, Linguist, Pilot, Archivist, Cosmonaut"""
            ),
            "event": _list(
                """Incident, Drift, Protocol, Contact, Eclipse, Exodus, Transmission, Collision,
                Singularity, Blackout, Quarantine, Census, Reboot, Armistice, Anomaly, Heist"""
            ),
            "adj": _list(
                """Recursive, Weightless, Silent, Antimatter, Frozen, Obsolete, Sentient, Distant,
                Parallel, Synthetic, Unmanned, Terminal, Luminous, Collapsing, Second-Hand,
                Cryogenic, Unlicensed, Subzero, Polite, Expanding"""
            ),
            "thing": _list(
                """Sun, Comet, Horizon, Colony, Nebula, Ark, Telescope, Asteroid, Planet,
                Pulsar"""
            ),
            "unit": _list("Light-Year, Decade, Fortnight, Nanosecond, Aeon, Leap Second, Parsec"),
            "noun": _list(
                """Gardening, Memory, Loneliness, Weather, Democracy, Tea, Justice, Gravity,
                Homesickness, Silence, Etiquette, Midnight, Oxygen, Hope, Bureaucracy, Music"""
            ),
        },
    ),
    "Mystery": (
        _list(
            """The {adj} {victim}, Death of the {adj} {victim}, A {body} in the {room}, Murder at
            {place} {house}, The {place} {crime}, Inspector {last} and the {adj} {clue}, The Case
            of the {adj} {clue}, {number} {clue}s for {given}, The {victim} in the {room}, Who
            Poisoned the {victim}?, The {day} Night {crime}, Nobody Liked the {victim}, A {clue}
            for the {victim}, The {house} at {place}, Dead by {day}, {clue} and Punishment, Last
            Seen in {place}, The {victim} Did It, The {victim}'s Alibi, {given} {last} Lies Again,
            The {ordinal} {clue}, A Poor Day for a {crime}, {crime} by the {room} Door, The {adj}
            Widow of {place}, Inspector {last} Takes the {vehicle}, An Alibi in {month}, Murder on
            the {place} {vehicle}, What the {victim} Saw, The Body Under the {furniture}"""
        ),
        {
            "adj": _list(
                """Left-Handed, Missing, Counterfeit, Sleepwalking, Nervous, Crooked, Perjured,
                Unreliable, Careless, Scarlet, Vanishing, Second-Best, Silent, Locked, Charming,
                Forged, Drowned, Bearded, Punctual, Ungrateful, Borrowed, Limping"""
            ),
            "victim": _list(
                """Organist, Beekeeper, Vicar, Librarian, Dentist, Judge, Tenor, Major, Milkman,
                Auctioneer, Postmistress, Chess Champion, Landlady, Colonel, Taxidermist, Butler,
                Florist, Night Porter, Piano Tuner, Solicitor, Lodger, Crossword Setter"""
            ),
            "body": _list("Corpse, Stranger, Body, Skeleton, Suspect, Witness, Fingerprint"),
            "room": _list(
                """Conservatory, Pantry, Belfry, Scullery, Boathouse, Library Annexe, Wine Cellar,
                Greenhouse, Cloakroom, Attic, Billiard Room, Lift, Orangery, Vestry, Ice House"""
            ),
            "house": _list(
                """Hall, Manor, Grange, Lodge, Priory, Rectory, Mill, Towers, Villa, Court,
                Abbey"""
            ),
            "crime": _list(
                """Murder, Theft, Blackmail, Poisoning, Forgery, Kidnapping, Alibi, Inquest,
                Swindle, Disappearance, Strangling, Ransom, Confession"""
            ),
            "clue": _list(
                """Umbrella, Teacup, Cufflink, Timetable, Glove, Footprint, Monocle, Telegram,
                Hatpin, Candlestick, Will, Ticket Stub, Receipt, Fountain Pen, Parrot, Violin, Key
                Ring, Marmalade Jar, Crossword"""
            ),
            "vehicle": _list("Ferry, Night Bus, Sleeper, Tram, Milk Train, Funicular, Mail Boat"),
            "furniture": _list(
                """Piano, Floorboards, Bandstand, Rhododendrons, Hearthrug, Ping-Pong Table"""
            ),
        },
    ),
    "Horror": (
        _list(
            """The {thing} in the {place2}, What {verb} Beneath {place}, {adj} {thing}, The
            {place} {evil}, Don't {act} the {thing}, {number} {night}s in {place}, The {adj}
            {family} of {place}, It {verb} at {hour}, The {thing} Knows Your Name, Feed the
            {thing}, {house} of {body}, A {body} Full of {vermin}, A Plague of {vermin}s, The
            {family} Downstairs, When the {vermin}s Came to {place}, Something {adj} in {place},
            The {adj} {house}, The {thing} That {verb}, Sleep Well {given} {last}, We Buried
            {given} in {month}, The {body} Collector of {place}, {hour} at {place} {house},
            {vermin} {season}, Mother Keeps a {thing}, Nobody Leaves {place}, The {ordinal}
            {night}, Grandfather's {body}, Let the {thing} In"""
        ),
        {
            "thing": _list(
                """Scarecrow, Doll, Shadow, Effigy, Lodger, Puppet, Whisper, Hunger, Drowned Man,
                Wet Nurse, Crawling Thing, Taxidermist, Mannequin, Changeling, Hollow Man, Bride,
                Tooth Fairy, Music Box, Ghoul, Caretaker, Smiling Man"""
            ),
            "place2": _list(
                """Crawlspace, Well, Nursery, Cornfield, Chapel, Mirror, Basement, Wallpaper, Fog,
                Dumbwaiter, Silo, Quarry, Chimney, Root Cellar, Wardrobe"""
            ),
            "verb": _list(
                """Crawls, Waits, Breathes, Scratches, Hums, Feeds, Knocks, Remembers, Festers,
                Listens, Gnaws, Smiles, Weeps, Stirs"""
            ),
            "adj": _list(
                """Unquiet, Rotting, Faceless, Stitched, Eyeless, Famished, Unburied, Pale,
                Skinless, Drowned, Weeping, Crooked, Airless, Lidless, Mouldering, Toothless,
                Patient"""
            ),
            "evil": _list("Haunting, Curse, Hunger, Possession, Vigil, Infestation, Exhumation"),
            "act": _list(
                """Wake, Feed, Thank, Follow, Bury, Answer, Look at, Wind up, Invite, Trust"""
            ),
            "night": _list("Night, Midnight, Funeral, Scream, Candle, Wake, Seance"),
            "family": _list(
                """Children, Sisters, Widows, Choir, Congregation, Twins, Tenants, Orphans"""
            ),
            "hour": _list(
                """Midnight, Dusk, Half Past Three, Moonset, Candle-End, Low Tide, Cockcrow"""
            ),
            "house": _list("Asylum, House, Crypt, Orphanage, Sanatorium, Motel, Mill, Mortuary"),
            "body": _list(
                """Teeth, Bone, Hair, Eyelids, Fingernails, Marrow, Skin, Throat, Tongues"""
            ),
            "vermin": _list(
                """Moth, Rat, Centipede, Crow, Maggot, Spider, Wasp, Hornet, Beetle, Eel"""
            ),
        },
    ),
    "Romance": (
        _list(
            """The {hero} Next Door, {number} {dates} with {given}, A {adj} {event} in {place},
            Falling for the {adj} {hero}, The {adj} {hero}'s {secret}, {given} and the {hero},
            Love and {food} in {place}, The {place} {event}, Kissing the {hero}, Meet Me in
            {place}, The {shop} on {place} Street, {season} at the {shop}, Never Marry a {hero},
            Her {adj} {hero}, My {adj} {hero}, Yours Until {month}, The {hero} Wore {colour}, Dear
            {given} Love {given2}, A {hero} for {season}, The {month} {event}, {food} for
            {number}, The Wrong {hero}, Engaged to the {adj} {hero}, Love Letters from {place},
            The {hero} Who Hated {season}, Almost {given}'s {event}, Once upon a {day} in {place},
            {colour} Roses for the {hero}, How to Forget a {hero}"""
        ),
        {
            "hero": _list(
                """Baker, Duke, Lighthouse Keeper, Beekeeper, Viscount, Surgeon, Carpenter,
                Librarian, Ferry Captain, Fiddler, Vet, Gardener, Best Friend, Barista,
                Bookseller, Firefighter, Pilot, Cheesemaker, Architect, Cellist, Sheep Farmer,
                Understudy, Earl, Florist"""
            ),
            "adj": _list(
                """Reluctant, Accidental, Borrowed, Secret, Unsuitable, Grumpy, Scandalous, Shy,
                Rival, Pretend, Long-Lost, Impossible, Runaway, Barefoot, Second-Chance,
                Absent-Minded, Sunburnt, Honest, Headstrong, Tongue-Tied"""
            ),
            "dates": _list(
                """Letters, Kisses, Dates, Weddings, Excuses, Promises, Picnics, Waltzes"""
            ),
            "event": _list(
                """Wedding, Engagement, Honeymoon, Proposal, Affair, Elopement, Courtship, Waltz,
                Valentine, Summer Fling, Arrangement, Promise, Dance"""
            ),
            "secret": _list(
                """Secret, Bargain, Heart, Wife, Promise, Letters, Bride, Sister, Dilemma"""
            ),
            "food": _list(
                """Lemon Cake, Cinnamon, Figs, Marzipan, Ginger Tea, Plum Jam, Croissants,
                Honeycomb, Saffron Buns, Strawberries, Pistachios, Hot Chocolate, Elderflower"""
            ),
            "shop": _list(
                """Flower Shop, Tea Room, Bookshop, Cake Shop, Vineyard, Lavender Farm, Wool Shop,
                Seaside Hotel, Bicycle Repair, Chocolate Shop, Olive Grove, Hat Shop"""
            ),
            "colour": _list("Tartan, Crimson, Velvet, Yellow, Tweed, Ivory, Lilac, Blue, Peach"),
        },
    ),
    "Historical": (
        _list(
            """The {trade}'s {relative}, The {adj} {trade} of {place}, A {trade} in the {war},
            {place} {year}, The Siege of {place}, The {relative} of {place}, {cargo} and {cargo2},
            The {war} Letters of {given} {last}, The {cargo} Road, Winter at {place}, A {trade}'s
            Testament, The {cargo} Merchant of {place}, After the {war}, The {ordinal} {trade},
            The {trade}s' Rebellion, {given} of {place}, An Inventory of {cargo}, The Year of
            {cargo}, The {trade} Who Served {number} {ruler}s, Bread and {cargo}, The {adj}
            {ruler}, The {ruler}'s {trade}, The Long Retreat from {place}, Under the {adj} Banner
            of {place}, {number} Winters of the {war}, The House of {last}, A Daughter of {place},
            The {trade} and the {ruler}"""
        ),
        {
            "trade": _list(
                """Clockmaker, Midwife, Apothecary, Glassblower, Salt Trader, Embalmer, Weaver,
                Printer, Stonemason, Cartwright, Mapmaker, Falconer, Silk Dyer, Bell-Founder,
                Gravedigger, Herring Girl, Court Painter, Lacemaker, Pilgrim, Powder Monkey,
                Scribe, Tanner, Candlemaker, Perfumer"""
            ),
            "relative": _list(
                """Daughter, Widow, Apprentice, Son, Last Commission, Ledger, Confession, Sister,
                Orphan, Inheritance, Diary, Wife, Brothers, Debt, Trial"""
            ),
            "adj": _list(
                """Pardoned, Blind, Exiled, Penitent, Forgotten, Heretic, Tattered, Bastard, Iron,
                Loyal, Illiterate, Faithful, Banished, Boy, Hanged, Unmarried, Pious"""
            ),
            "war": _list(
                """Siege, Plague Year, Long War, Famine, Occupation, Rebellion, Great Frost,
                Crusade, Blockade, Interregnum, Salt War, Winter Campaign, Schism"""
            ),
            "cargo": _list(
                """Saffron, Tallow, Pepper, Silk, Indigo, Herring, Vellum, Copper, Tin, Linen,
                Wool, Nutmeg, Amber, Barley, Gunpowder, Ivory, Flax, Timber"""
            ),
            "cargo2": _list(
                """Ashes, Silver, Mercy, Snow, Scripture, Blood, Treason, Candlelight, Clay"""
            ),
            "ruler": _list(
                """King, Queen, Bishop, Duke, Doge, Sultan, Regent, Margrave, Prior, Tsar"""
            ),
            "year": _list(
                """1066, 1212, 1349, 1415, 1492, 1516, 1588, 1609, 1648, 1666, 1703, 1755, 1789,
                1812, 1848, 1871, 1917, 1943"""
            ),
        },
    ),
    "Adventure": (
        _list(
            """The {treasure} of {place}, {number} {days} to {place}, Race for the {adj}
            {treasure}, The {adj} {crew}, {given} {last} and the {treasure} of {place}, Lost in
            the {wild}, Over the {adj} {wild}, The {crew} of the {ship}, The Wreck of the {ship},
            North of {place}, The {wild} Run, Smugglers of {place}, {place} or Bust, Escape from
            {place}, The {ship} Sails at {dawn}, A Map to {place}, By {transport} to {place}, The
            {place} Expedition, {number} Against the {wild}, Captain {last}'s {treasure}, Beyond
            {place}, The {adj} Captain of the {ship}, Storm over {place}, Around {place} by
            {transport}, The {wild} Wins, Shipwrecked with the {crew}, No Way Down from {place},
            The {ordinal} Voyage of the {ship}"""
        ),
        {
            "treasure": _list(
                """Emerald, Idol, Ruby, Sunken Bell, Golden Oar, Lost Map, Black Pearl Ring,
                Sapphire Eye, Jade Tiger, Buried Crown, Silver Anchor, Sun Stone, Missing Compass,
                Ivory Chart, Pirate's Ledger, Opal Skull"""
            ),
            "days": _list("Days, Leagues, Miles, Knots, Nights, Fathoms, Rapids, Camels, Passes"),
            "adj": _list(
                """Desperate, Mutinous, Burning, Uncharted, Fearless, Frozen, Unsinkable, Roaring,
                Cursed, Barefoot, Reckless, Sunken, Tireless, Bottomless, Wanted, Seasick,
                Stolen"""
            ),
            "crew": _list(
                """Castaways, Stowaways, Divers, Smugglers, Mountaineers, Mutineers, Balloonists,
                Trackers, Buccaneers, Whalers, Treasure Hunters, Bandits, Explorers, Ice Pilots"""
            ),
            "wild": _list(
                """Jungle, Glacier, Rapids, Desert, Canyon, Strait, Volcano, Archipelago, Steppe,
                Reef, Blizzard, Gorge, Delta, Monsoon, Ice Shelf"""
            ),
            "ship": _list(
                """Merry Widow's Hat, Gilded Herring, Saint Barnacle, Stormy Petrel II, Second
                Wind, Copper Mermaid, Proud Maude, Salty Abbot, Albatross Anne, Brass Monkey, Lady
                Tempest, Northern Pickle, Sea Badger, Unrepentant, Wandering Duchess"""
            ),
            "dawn": _list("Dawn, Midnight, High Tide, Noon, Moonrise, First Light, Slack Water"),
            "transport": _list(
                """Balloon, Camel, Canoe, Dogsled, Biplane, Raft, Elephant, Motorcycle, Kayak,
                Mule"""
            ),
        },
    ),
    "Humour": (
        _list(
            """{gerund} for {who}, The {who}'s Guide to {gerund}, I {did} My {thing}, {number}
            Ways to Lose a {thing}, How I {did} the {thing}, My {relative} and Other {disaster}s,
            Confessions of a {adj} {job}, Never {act} a {thing}, {place} and Other {disaster}s,
            {gerund} with My {relative}, The {adj} {job}, Memoirs of a {adj} {job}, A {job} Calls
            in Sick, The {thing} Is Not My Fault, A Brief {disaster} of {thing}s, Excuse Me That
            Is My {thing}, Who Put the {job} in Charge?, My Life as a {adj} {job}, The Joy of Not
            {gerund}, Please Do Not {act} the {job}, {number} {relative}s and a {thing}, Stop
            {gerund} Start {gerund2}, The {place} {thing} Committee, {given} {last} Regrets, A
            {disaster} of {job}s, The Importance of {gerund} {adv}, Always {act} Your {relative},
            One More {thing} and I Quit"""
        ),
        {
            "gerund": _list(
                """Ironing, Camping, Small Talk, Parking, Yodelling, Assembling Furniture,
                Queueing, Dieting, Folding Maps, Housework, Jogging, Beekeeping, Karaoke, Moving
                House, Napping, Retiring, Growing Marrows, Hosting Dinner, Losing Keys, Answering
                Email"""
            ),
            "gerund2": _list(
                """Complaining, Snacking, Panicking, Shrugging, Yawning, Apologising, Gloating"""
            ),
            "who": _list(
                """Pessimist, Coward, Hypochondriac, Lazy Genius, Middle Manager, Procrastinator,
                Grump, Late Riser, Bad Loser, Reluctant Host, Perfectionist, Show-Off"""
            ),
            "did": _list(
                """Married, Lost, Adopted, Microwaved, Outwitted, Accidentally Sold, Insured,
                Forgave, Blamed, Ironed, Upholstered, Apologised to"""
            ),
            "thing": _list(
                """Lawnmower, Parrot, Caravan, Sofa, Toupee, Teapot, Trombone, Hedge, Casserole,
                Budgie, Printer, Trampoline, Moustache, Barbecue, Wheelbarrow, Bagpipe,
                Spreadsheet, Garden Gnome, Left Sock, Trifle"""
            ),
            "relative": _list(
                """Stepmother, Uncle, Landlord, Ex-Husband, Aunt, Neighbour, Dentist, Manager,
                Teenager, Goat, Flatmate, Accountant"""
            ),
            "disaster": _list(
                """Disaster, Catastrophe, Misunderstanding, Blunder, Mistake, Nuisance"""
            ),
            "adj": _list(
                """Mediocre, Part-Time, Overqualified, Sweaty, Underpaid, Clumsy, Semi-Retired,
                Allergic, Sarcastic, Unemployable, Flustered, Jet-Lagged, Balding, Thoroughly
                Average"""
            ),
            "job": _list(
                """Magician, Dog Walker, Wedding Planner, Mime, Viking, Yoga Teacher, Traffic
                Warden, Understudy, Ghost, Caterer, Bishop, Substitute Teacher, Lifeguard,
                Influencer, Clown, Plumber, Tour Guide"""
            ),
            "act": _list(
                """Tickle, Lend Money to, Argue with, Trust, Water, Sit on, Feed, Google, Hug"""
            ),
            "adv": _list("Badly, Loudly, Twice, Sideways, Indoors, Politely, in Public, Unaided"),
        },
    ),
    "Popular science": (
        _list(
            """The {adj} {organ}, A Natural History of {topic}, {topic}: {subtitle}, Why {animal}s
            {do}, The {animal} in the {lab}, The Secret Life of {topic}, {number} Experiments That
            Explain {topic}, The Physics of {everyday}, How {topic} {did}, {everyday} by Numbers,
            The {topic} Puzzle: {subtitle}, What {animal}s Know about {everyday}, The {adj}
            {animal}: {subtitle}, The Mathematics of {everyday}, The {organ} Explained:
            {subtitle}, The Chemistry of {everyday}, {topic} from Scratch, Measuring {topic}, The
            {lab} Notebook: {subtitle}, Rethinking {topic}: {subtitle}, An Atlas of {topic},
            {everyday} and the {adj} {organ}, The {animal}'s {organ}, In Search of the {adj}
            {animal}, {adj} {topic}"""
        ),
        {
            "topic": _list(
                """Moss, Friction, Entropy, Plankton, Fungi, Mud, Prime Numbers, Magnetism,
                Glaciers, Static Electricity, Yeast, Symmetry, Lichen, Turbulence, Sleep, Dust,
                Bacteria, Salt, Probability, Earthquakes, Photosynthesis, Rust, Chaos, Tides,
                Zero, Fossils, Colour"""
            ),
            "subtitle": _list(
                """A Very Small History, An Owner's Manual, The Evidence So Far, What We Got
                Wrong, From Atoms to Oceans, A Field Guide for the Curious, The Numbers Behind the
                Noise, A Love Story, And Why It Matters, A Beginner's Tour, The View from the
                Laboratory, Notes on an Unfinished Theory, An Argument, Its Friends and Enemies"""
            ),
            "organ": _list("Brain, Gut, Ear, Spine, Genome, Cell, Eye, Liver, Nose, Heart, Thumb"),
            "adj": _list(
                """Forgetful, Invisible, Improbable, Restless, Symmetrical, Elastic, Bilingual,
                Noisy, Migrating, Approximate, Unfinished, Cooperative, Radioactive, Stubborn,
                Curious"""
            ),
            "animal": _list(
                """Magpie, Crow, Slime Mould, Honeybee, Bat, Whale, Ant, Axolotl, Pigeon, Eel,
                Squid, Tardigrade, Nematode, Lobster, Termite, Barn Owl"""
            ),
            "do": _list("Dream, Dance, Cheat, Count, Grieve, Navigate, Sing, Gossip, Bluff, Play"),
            "lab": _list(
                """Laboratory, Microscope, Equation, Observatory, Freezer, Greenhouse, Bell Jar"""
            ),
            "everyday": _list(
                """Toast, Traffic, Snoring, Queues, Bicycles, Soap Bubbles, Kitchens, Gossip,
                Umbrellas, Coffee, Cricket, Bread, Shoelaces, Football, Handwriting, Music,
                Weather Forecasts"""
            ),
            "did": _list(
                """Built Cities, Learned to Swim, Changed Medicine, Won, Runs the World, Got Its
                Name, Shaped Us, Made the Mountains"""
            ),
        },
    ),
    "Children's": (
        _list(
            """The {animal} Who {did}, {given} and the {adj} {animal}, {number} {adj} {animal}s,
            Goodnight {adj} {animal}, The {adj} {animal}'s {thing}, {given}'s {adj} {thing}, Don't
            Tickle the {animal}!, Where Is {animal}'s {thing}?, The {animal} in My {place2}, A
            {thing} for {animal}, {animal} and {animal2}, Grandpa's {adj} {thing}, The {thing}
            That {went}, {given} {last} Is Not a {animal}, The {animal} Goes to {place}, {day} Is
            {animal} Day, If I Were a {animal}, The {adj} {thing} of {place}, Captain {animal},
            There's a {animal} in the {place2}, {animal} Learns to {skill}, The {animal} School
            for {animal2}s, Hurry Up {animal}!, The Little {thing} of {place}, Princess {given}
            and the {adj} {thing}, One {animal} Too Many, My {relative} Is a {animal}, The
            {animal}s' {season} Picnic"""
        ),
        {
            "animal": _list(
                """Hippo, Otter, Badger, Penguin, Hedgehog, Llama, Sea Lion, Heron, Mole, Puffin,
                Toad, Yak, Sloth, Owl, Armadillo, Hamster, Crocodile, Wombat, Flamingo, Snail,
                Polar Bear, Porcupine, Dormouse, Camel"""
            ),
            "animal2": _list(
                """Wren, Beetle, Rhino, Kitten, Newt, Gull, Piglet, Donkey, Ladybird, Gerbil"""
            ),
            "did": _list(
                """Couldn't Whistle, Lost Tuesday, Hated Puddles, Ate the Alphabet, Sneezed Stars,
                Wanted a Hat, Was Afraid of Jelly, Painted the Moon, Never Said Please, Wouldn't
                Share, Lived in a Teapot, Forgot How to Hop, Missed the Bus, Wore Wellies to
                Bed"""
            ),
            "went": _list(
                """Ran Away, Wouldn't Stop, Grew and Grew, Sang Back, Went to Sea, Giggled, Fell
                Upwards"""
            ),
            "adj": _list(
                """Grumpy, Wobbly, Enormous, Tiny, Sleepy, Spotty, Muddy, Ticklish, Very Polite,
                Striped, Hiccuping, Bashful, Upside-Down, Fizzy, Left-Over, Marvellous, Peculiar,
                Shy"""
            ),
            "thing": _list(
                """Umbrella, Birthday, Rocket, Teapot, Treehouse, Wellington, Pancake, Trumpet,
                Kite, Wheelbarrow, Snowman, Sock, Moonboat, Bathtub, Button, Pumpkin, Robot,
                Nightcap, Tooth, Balloon"""
            ),
            "place2": _list(
                """Bathtub, Lunchbox, Classroom, Wardrobe, Garden Shed, Pocket, Piano, Attic"""
            ),
            "skill": _list(
                """Skate, Swim, Share, Juggle, Whisper, Count, Bake, Wait, Yodel, Say Sorry"""
            ),
            "relative": _list(
                """Teacher, Granny, Babysitter, Brother, Headmaster, Best Friend, Dad"""
            ),
        },
    ),
}

# What the books of a series have in common: shown in brackets, with a number.
SERIES = {
    "Fantasy": ["The {place} Cycle", "Chronicles of {place}", "The {stuff} {thing} Saga"],
    "Science fiction": ["{place} Station Logs", "The {place} Affair", "{adj} {thing}"],
    "Mystery": ["Inspector {last}", "A {given} {last} Mystery", "{place} {house} Mysteries"],
    "Horror": ["The {place} Tapes", "Tales from {place} {house}", "{night}s at {place}"],
    "Romance": ["{place} Hearts", "The {hero}s of {place}", "Love in {place}"],
    "Historical": ["The {last} Family", "The {place} Chronicle", "The {trade}s of {place}"],
    "Adventure": ["Voyages of the {ship}", "{given} {last}", "The {last} Expeditions"],
    "Humour": ["{given} {last} Diaries", "Trouble in {place}", "The {adj} {job}"],
    "Popular science": ["Small Histories of {topic}", "{last} Lectures", "The Curious {organ}"],
    "Children's": ["{given} and {animal}", "{animal} Tales", "The {place} School"],
}

# First and last years of first books, per genre.
YEARS = {
    "Fantasy": (1954, 2019),
    "Science fiction": (1951, 2019),
    "Mystery": (1922, 2018),
    "Horror": (1936, 2019),
    "Romance": (1962, 2020),
    "Historical": (1934, 2018),
    "Adventure": (1911, 2014),
    "Humour": (1929, 2019),
    "Popular science": (1958, 2020),
    "Children's": (1926, 2020),
}
