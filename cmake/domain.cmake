# The business, the outside's translators and the program. Continues the list in CMakeLists.txt.

florin_module(customers       IN domain  EXPOSES base runtime store security http idempotency audit  USES json events locale)
florin_module(payments        IN domain  EXPOSES base runtime store security http idempotency audit jobs
                                         USES json ledger events telemetry locale)
florin_module(routing         IN domain  EXPOSES base runtime store http audit payments  USES json)
florin_module(intake          IN domain  EXPOSES base runtime store security http jobs payments  USES json telemetry)
florin_module(webhooks        IN domain  EXPOSES base runtime store security http audit jobs  USES json events telemetry)
florin_module(notifications   IN domain  EXPOSES base runtime store security http idempotency audit jobs
                                         USES json events telemetry calendar locale)
florin_module(dead_letters    IN domain  EXPOSES base runtime store http audit jobs  USES json security events telemetry)
florin_module(broker          IN domain  EXPOSES base runtime store security json jobs  USES events telemetry
                                         SYSTEM Proton::cpp)
florin_module(merchants       IN domain  EXPOSES base runtime store http audit calendar  USES json identity security)
florin_module(cases           IN domain  EXPOSES base runtime store http idempotency audit jobs calendar
                                         USES json security events telemetry)
florin_module(reconciliation  IN domain  EXPOSES base runtime store http idempotency audit jobs payments cases
                                         USES json events telemetry ledger identity)
florin_module(documents       IN domain  EXPOSES base runtime store security http audit calendar locale merchants
                                         USES json events telemetry  SYSTEM ZLIB::ZLIB PNG::PNG)
include(cmake/fonts.cmake)
florin_module(billing         IN domain  EXPOSES base runtime store security http audit jobs idempotency calendar merchants payments
                                         USES json events telemetry documents cases notifications locale)
florin_module(payment_terms   IN domain  EXPOSES base runtime store security http audit jobs idempotency calendar locale merchants billing
                                                 documents notifications
                                         USES json events payments cases telemetry)
florin_module(subscriptions   IN domain  EXPOSES base runtime store security http audit idempotency calendar locale merchants billing documents cases
                                                 notifications
                                         USES json events telemetry)
florin_module(test_clocks     IN domain  EXPOSES base runtime store http idempotency audit jobs merchants  USES json calendar telemetry identity)
florin_module(gateway         IN domain  EXPOSES base http payments  USES store json security)

florin_module(authorize_net   IN connectors  EXPOSES payments http  USES json security)
florin_module(bank_simulator  IN connectors  EXPOSES payments http  USES json)
florin_module(stripe          IN connectors  EXPOSES payments http  USES json security)
florin_module(chargebee       IN connectors  EXPOSES payments http  USES json security)
florin_module(buckaroo        IN connectors  EXPOSES payments http  USES json security)

florin_module(sendgrid        IN connectors  EXPOSES notifications http  USES json security)
florin_module(wallet          IN connectors  EXPOSES payments http  USES json security)
florin_module(salesforce      IN connectors  EXPOSES cases http security  USES runtime json  SYSTEM OpenSSL::Crypto)
florin_module(smtp            IN connectors  EXPOSES notifications security  USES runtime  SYSTEM CURL::libcurl)

florin_module(sandbox         IN sandbox  EXPOSES base runtime http  USES json telemetry  SYSTEM SQLite::SQLite3 OpenSSL::Crypto)

# The program: wiring (who serves, who hears which event) and the command line.
florin_module(app             IN app  EXPOSES base runtime store http security identity audit jobs payments notifications broker cases reconciliation
                                      USES json telemetry ledger events idempotency calendar merchants billing payment_terms subscriptions customers documents gateway routing intake webhooks dead_letters
                                           test_clocks sendgrid smtp
                                           authorize_net bank_simulator stripe wallet chargebee buckaroo salesforce sandbox
                                      SYSTEM CLI11::CLI11 tomlplusplus::tomlplusplus SQLite::SQLite3)
if(EXISTS ${CMAKE_SOURCE_DIR}/src/app/main.cpp)
  add_executable(florin ${CMAKE_SOURCE_DIR}/src/app/main.cpp)
  target_link_libraries(florin PRIVATE florin_app CLI11::CLI11)
  target_include_directories(florin PRIVATE ${CMAKE_SOURCE_DIR}/src/app)
  target_precompile_headers(florin REUSE_FROM florin_pch)
endif()
