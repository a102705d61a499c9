# The business, the outside's translators and the program. Continues the list in CMakeLists.txt.

florin_module(customers       IN domain  EXPOSES base store  USES http json identity audit events security)
florin_module(payments        IN domain  EXPOSES base runtime store security
                                         USES http json identity idempotency ledger events audit jobs telemetry customers)
florin_module(gateway         IN domain  EXPOSES base  USES store http json identity payments security audit telemetry)

florin_module(authorize_net   IN connectors  EXPOSES payments http  USES json)
florin_module(bank_simulator  IN connectors  EXPOSES payments http  USES json)

florin_module(sandbox         IN sandbox  EXPOSES base runtime http  USES json telemetry  SYSTEM SQLite::SQLite3 OpenSSL::Crypto)
