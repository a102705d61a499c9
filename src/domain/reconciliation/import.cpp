#include <algorithm>
#include <map>

#include "books.hpp"
#include "florin/base/check.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/json/clean.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "job_payloads.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

constexpr Millis day{24LL * 3'600'000};
/// Providers change what they have said of a settlement for some days; what was listed is listed again so long.
constexpr Millis overlap = 14 * day;
/// What is open for longer is asked for once a day, and for so long around its own moment.
constexpr Millis soon_paid = 30 * day, around = day;
/// So much is listed at a time, and noted before more is asked for: what a slow provider has told stays known.
constexpr Millis span = 30 * day;
/// A payout is announced days before the bank has it.
constexpr Millis announced_ahead = 31 * day;
constexpr std::int64_t most_attempts = 4;
/// So many lines are one unit of work: others wait for it.
constexpr std::size_t lines_at_once = 200;
constexpr std::size_t longest_text = 200;

/// What a page may hold. A provider that breaks it is not understood, and nothing of it is booked.
Result<void> check_lines(std::span<const payments::SettlementLine> lines, std::optional<Currency> currency) {
    for (const payments::SettlementLine& line : lines) {
        if (!currency) currency = line.gross.currency();
        if (line.gross.currency() != *currency || line.fee.currency() != *currency)
            return fail(ErrorKind::outcome_unknown, "settlement_unreadable", "A settlement mixes currencies.");
        if (line.id.empty() || line.id.size() > 255 || !minus(line.gross, line.fee))
            return fail(ErrorKind::outcome_unknown, "settlement_unreadable",
                        "A line of a settlement is out of bounds.");
    }
    return {};
}

/// What is asked for at once.
struct Span {
    Instant since, until;
    bool is_next = true;  ///< False: it is asked for again, because something in it is still open.
};
std::vector<Span> spans_of(const rows::ImportRow& known, std::span<const Settlement> waiting, Instant now) {
    std::vector<Span> spans;
    const Instant since = std::max(known.listed_until - overlap, known.listed_since);
    const bool is_first_of_day = !known.succeeded_at || known.succeeded_at->ms / day.count() != now.ms / day.count();
    for (const Settlement& one : waiting) {
        if (one.state != SettlementState::open || one.settled_at >= since) continue;
        if (now - one.settled_at > soon_paid && !is_first_of_day) continue;
        const Instant until = one.settled_at + around;
        if (!spans.empty() && until - spans.back().since <= span)
            spans.back().until = until;
        else
            spans.push_back(
                {.since = std::max(one.settled_at - around, known.listed_since), .until = until, .is_next = false});
    }
    const Instant end = now + announced_ahead;
    for (Instant from = since; from < end; from = from + span)
        spans.push_back({.since = from, .until = std::min(from + span, end)});
    return spans;
}

void count(std::string_view connector, Finding finding, std::int64_t lines) {
    telemetry::metrics()
        .counter("florin_settlement_lines_total",
                 "Lines of settlements that were imported, by how they stand to the books.",
                 {{"connector", std::string{connector}}, {"status", std::string{to_text(finding)}}})
        .add(static_cast<std::uint64_t>(lines));
}

}  // namespace

Result<MerchantId> Reconciliation::Impl::house(Reader& reader) const {
    const auto all = identity::list_merchants(reader);
    for (const identity::Merchant& merchant : all)
        if (on.settings.merchant.empty() || merchant.name == on.settings.merchant) return merchant.id;
    return fail(ErrorKind::unavailable, "reconciliation_merchant_missing",
                "The merchant that `reconciliation.merchant` names is not there.");
}

void Reconciliation::Impl::enqueue_import(Tx& tx, std::string_view connector) const {
    const std::string order = "reconciliation/" + std::string{connector};
    // One that has not begun does for all who ask; another may be under way and have passed what is asked for.
    constexpr std::int64_t most_waiting = 2;
    if (jobs::count_open(tx, MerchantId{}, order) >= most_waiting) return;
    const std::string payload = json::to_text(ImportPayload{.connector = std::string{connector}});
    jobs::enqueue(tx, {.merchant = {},
                       .id = on.world.new_id<jobs::JobOf>(),
                       .kind = import_kind,
                       .payload = payload,
                       .ordering_key = order,
                       .max_attempts = most_attempts});
}

Task<Result<void>> Reconciliation::begin(const jobs::Job&) {
    Impl& my = *impl_;
    const std::vector<std::string> all = connectors();
    auto enqueue = [&](Tx& tx) -> Result<bool> {
        for (const std::string& connector : all) my.enqueue_import(tx, connector);
        return true;
    };
    const auto enqueued = co_await my.on.store.write(enqueue);
    if (!enqueued) co_return fail(enqueued.error());
    if (my.on.wake) my.on.wake();
    co_return Result<void>{};
}

Task<Result<void>> Reconciliation::import(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto payload = read_payload<ImportPayload>(job);
    if (!payload) co_return fail(payload.error());
    payments::Connector* connector = my.on.connector(payload->connector);
    if (connector == nullptr || !connector->capabilities().has_settlements) co_return Result<void>{};
    auto begin = [&](Tx& tx) -> Result<bool> {
        rows::begin_import(tx, payload->connector, tx.now() - my.on.settings.first_import);
        return true;
    };
    if (const auto begun = co_await my.on.store.write(begin); !begun) co_return fail(begun.error());
    auto done = co_await my.run(*connector, job);
    if (done) co_return done;
    telemetry::warning("reconciliation.import_failed",
                       {{"connector", payload->connector}, {"code", done.error().code}, {"next", "tried again"}});
    auto note_failure = [&](Tx& tx) -> Result<bool> {
        rows::fail_import(tx, payload->connector, done.error());
        return true;
    };
    (void)co_await my.on.store.write(note_failure);
    // The next time of the schedule reads all that this one did not: the overview and a metric say that it failed, and
    // nobody would do anything with a dead letter beside.
    if (job.attempt >= most_attempts) co_return Result<void>{};
    if (done.error().kind == ErrorKind::invalid)
        co_return fail(ErrorKind::unavailable, done.error().code, done.error().message);
    co_return done;
}

Task<Result<void>> Reconciliation::Impl::run(payments::Connector& connector, const jobs::Job& job) {
    const std::string name{connector.name()};
    std::vector<Settlement> waiting;
    std::optional<rows::ImportRow> known;
    auto read = [&](Reader& reader) -> Result<bool> {
        known = rows::find_import(reader, name);
        waiting = rows::unfinished(reader, name);
        return true;
    };
    if (const auto found = co_await on.store.read(read); !found) co_return fail(found.error());
    check(known.has_value(), "an import that has begun has a row");
    // One settlement that cannot be noted or read does not hold up the others.
    Result<void> outcome;
    for (const Span& each : spans_of(*known, waiting, on.world.clock.now())) {
        if (*job.is_lost) co_return imported_meanwhile();
        const auto listed = co_await connector.settlements(each.since, each.until);
        if (!listed) co_return fail(listed.error());
        for (const payments::Settlement& told : *listed) {
            if (*job.is_lost) co_return imported_meanwhile();
            auto take_note = [&](Tx& tx) -> Result<bool> {
                if (auto noted = note(tx, name, told); !noted) return fail(std::move(noted.error()));
                return true;
            };
            if (const auto noted = co_await on.store.write(take_note); !noted && outcome) outcome = fail(noted.error());
        }
        if (!each.is_next || !outcome) continue;
        auto move_on = [&](Tx& tx) -> Result<bool> {
            rows::list_to(tx, name, std::min(each.until, tx.now()));
            return true;
        };
        if (const auto moved = co_await on.store.write(move_on); !moved) co_return fail(moved.error());
    }
    auto read_waiting = [&](Reader& reader) -> Result<std::vector<Settlement>> {
        return rows::unfinished(reader, name);
    };
    const auto to_read = co_await on.store.read(read_waiting);
    if (!to_read) co_return fail(to_read.error());
    for (const Settlement& settlement : *to_read) {
        // What failed has lines where they come in no other settlement; else it has none.
        if (settlement.state == SettlementState::open) continue;
        if (auto done = co_await read_lines(connector, settlement, job); !done && outcome) outcome = std::move(done);
        if (*job.is_lost) co_return imported_meanwhile();
    }
    if (auto swept = co_await sweep(name, job); !swept) co_return swept;
    if (auto reviewed = co_await review(connector, job); !reviewed) co_return reviewed;
    if (!outcome) co_return outcome;
    auto end = [&](Tx& tx) -> Result<bool> {
        rows::end_import(tx, name);
        return true;
    };
    if (const auto ended = co_await on.store.write(end); !ended) co_return fail(ended.error());
    co_return Result<void>{};
}

Result<void> Reconciliation::Impl::note(Tx& tx, std::string_view connector, const payments::Settlement& told) const {
    if (told.id.empty() || told.id.size() > 255)
        return fail(ErrorKind::outcome_unknown, "settlement_unreadable", "A settlement has no id that could be kept.");
    rows::take_turn(tx, connector);
    auto there = rows::find_settlement(tx, connector, told.id);
    auto total = told.total ? std::optional{told.total->minor()} : std::nullopt;
    if (!there) {
        const auto account = house(tx);
        if (!account) return fail(account.error());
        Settlement one;
        one.merchant = *account;
        // Ids are as old as what they name, so that lists are in its order.
        std::array<std::byte, 10> chance{};
        on.world.random.fill(chance);
        one.id = SettlementId{make_uuid7(told.settled_at.ms, std::bit_cast<std::array<std::uint8_t, 10>>(chance))};
        one.connector = connector;
        one.provider_id = told.id;
        // As it is announced first; what has become of it meanwhile follows.
        one.state = SettlementState::open;
        one.settled_at = told.settled_at;
        if (told.total) one.currency = told.total->currency();
        one.total_minor = total;
        one.created_at = one.updated_at = tx.now();
        if (!rows::insert_settlement(tx, one)) return imported_meanwhile();
        rows::add_to_share(tx, {.merchant = *account,
                                .account_merchant = *account,
                                .settlement = one.id,
                                .connector = one.connector,
                                .settled_at = one.settled_at});
        there = one;
    }
    // Nothing is stated any more of one that could not be paid, once others have its lines.
    if (told.state == SettlementState::failed && !total) total = there->total_minor;
    const bool is_changed =
        there->state != told.state || there->total_minor != total || there->settled_at != told.settled_at;
    if (!is_changed) return {};
    if (told.total && there->currency && told.total->currency() != *there->currency)
        return fail(ErrorKind::outcome_unknown, "settlement_unreadable", "A settlement has changed its currency.");
    Settlement after = *there;
    after.state = told.state;
    after.settled_at = told.settled_at;
    after.total_minor = total;
    if (told.total) after.currency = told.total->currency();
    if (there->state == SettlementState::failed) {
        // It was paid after all: now its lines are told, if they were not before.
        after.imported_at.reset();
        after.cursor.clear();
    }
    after.is_imported = after.imported_at.has_value();
    after.updated_at = tx.now();
    ++after.version;
    if (after.is_imported) balance(tx, after);
    if (!rows::update_settlement(tx, after)) return imported_meanwhile();
    if (after.settled_at != there->settled_at) rows::move_shares(tx, after.id, after.settled_at);
    return {};
}

void Reconciliation::Impl::balance(Tx& tx, Settlement& settlement) const {
    const bool is_failed = settlement.state == SettlementState::failed;
    const std::int64_t of_lines = settlement.gross_minor - settlement.fee_minor;
    const std::int64_t paid = is_failed ? 0 : settlement.total_minor.value_or(of_lines);
    const std::int64_t beside = paid - of_lines;
    const std::int64_t more = beside - settlement.bank_minor;
    const Finding kind = is_failed ? Finding::failed : Finding::total_differs;
    auto difference = rows::open_difference_of(tx, settlement.merchant, settlement.id);
    if (more == 0 && !is_failed) {
        // Nothing was booked of what failed before it was read, and now it was paid.
        if (difference && difference->missing_minor == 0) agree(tx, *difference, {}, "It was paid after all.");
        return;
    }
    std::optional<Uuid> journal;
    if (more != 0) {
        const auto posted = on.world.new_id<ledger::JournalOf>();
        books::post_paid(tx, settlement.merchant, *settlement.currency, posted, more);
        journal = posted.value;
        settlement.bank_minor = beside;
    }
    if (!difference) {
        Difference one;
        one.merchant = settlement.merchant;
        one.kind = kind;
        one.connector = settlement.connector;
        one.settlement = settlement.id;
        one.currency = settlement.currency;
        one.missing_minor = -more;
        one.opening_journal = journal;
        insert(tx, one);
        return;
    }
    difference->missing_minor -= more;
    difference->currency = settlement.currency;
    if (difference->missing_minor == 0 && !is_failed) {
        agree(tx, *difference, journal, "What was paid and what its lines come to agree now.");
        return;
    }
    if (difference->kind == kind && more == 0) return;
    take_off_desk(tx, *difference, "The provider tells something else of it now: it is open again with that.");
    difference->kind = kind;
    if (journal) difference->opening_journal = journal;
    write(tx, *difference, difference->merchant);
}

Task<Result<void>> Reconciliation::Impl::read_lines(payments::Connector& connector, Settlement settlement,
                                                    const jobs::Job& job) {
    payments::Settlement asked{
        .id = settlement.provider_id, .state = settlement.state, .settled_at = settlement.settled_at, .total = {}};
    // Connectors whose lines name no currency take it from the total.
    if (settlement.total_minor && settlement.currency) {
        if (const auto total = Money::of(*settlement.total_minor, *settlement.currency)) asked.total = *total;
    }
    while (!settlement.is_imported) {
        const auto page = co_await connector.settlement_lines(asked, settlement.cursor);
        if (!page) co_return fail(page.error());
        if (auto readable = check_lines(page->lines, settlement.currency); !readable) co_return readable;
        if (!page->next.empty() && page->next == settlement.cursor)
            co_return fail(ErrorKind::outcome_unknown, "settlement_unreadable",
                           "A page of a settlement leads to itself.");
        std::span<const payments::SettlementLine> left{page->lines};
        do {
            if (*job.is_lost) co_return imported_meanwhile();
            const auto some = left.first(std::min(left.size(), lines_at_once));
            left = left.subspan(some.size());
            const auto next = left.empty() ? std::optional{page->next} : std::nullopt;
            auto store_some = [&](Tx& tx) -> Result<Stored> { return store_lines(tx, settlement, some, next); };
            auto stored = co_await on.store.write(store_some);
            if (!stored) co_return fail(std::move(stored.error()));
            settlement = std::move(stored->settlement);
            for (const auto& [finding, lines] : stored->findings) count(settlement.connector, finding, lines);
        } while (!left.empty());
    }
    telemetry::info(
        "reconciliation.settlement_imported",
        {{"connector", settlement.connector}, {"settlement", settlement.provider_id}, {"lines", settlement.lines}});
    co_return Result<void>{};
}

Result<Stored> Reconciliation::Impl::store_lines(Tx& tx, const Settlement& before,
                                                 std::span<const payments::SettlementLine> lines,
                                                 const std::optional<std::string>& next) const {
    rows::take_turn(tx, before.connector);
    const auto current = rows::find_settlement(tx, before.merchant, before.id);
    if (!current || current->version != before.version) return imported_meanwhile();
    Settlement after = before;
    ++after.version;
    after.updated_at = tx.now();
    std::map<std::int64_t, Share> shares;
    std::map<Finding, std::int64_t> findings;
    for (const payments::SettlementLine& told : lines) {
        // Read twice: after a crash, or because the provider says it twice.
        if (rows::is_line_known(tx, before.id, told.id)) continue;
        const Identified found = identify(tx, before.connector, told, before.settled_at, {});
        Line line{.merchant = found.known ? found.known->payment.merchant : before.merchant,
                  .id = on.world.new_id<SettlementLineTag>(),
                  .settlement = before.id,
                  .provider_id = told.id,
                  .kind = told.kind,
                  .status = found.judgement.finding,
                  .gross = told.gross,
                  .fee = told.fee,
                  .expected_minor = found.judgement.expected_minor,
                  .reference = json::clean_text(told.reference, longest_text),
                  .operation_id = json::clean_text(told.provider_id, longest_text),
                  .description = json::clean_text(told.description, longest_text),
                  .payment = found.known ? std::optional{found.known->payment.id} : std::nullopt,
                  .transaction = found.judgement.transaction,
                  .created_at = tx.now()};
        rows::insert_line(tx, line);
        const bool settles = line.expected_minor != 0 && line.payment.has_value();
        const std::int64_t undone = settles ? undo_waivers(tx, line.merchant, *line.payment, found.settled) : 0;
        books::post_line(tx, before.connector, line, undone);
        if (settles) report_left_out(tx, found, line);
        if (line.status != Finding::matched) {
            Difference one;
            one.merchant = line.merchant;
            one.kind = line.status;
            one.connector = before.connector;
            one.settlement = before.id;
            one.line = line.id;
            one.payment = line.payment;
            one.currency = line.gross.currency();
            one.missing_minor = line.expected_minor - line.gross.minor();
            insert(tx, one);
        }
        Share& share = shares[line.merchant.value];
        share.merchant = line.merchant;
        ++share.lines;
        share.gross_minor += line.gross.minor();
        share.fee_minor += line.fee.minor();
        ++findings[line.status];
        after.currency = line.gross.currency();
        ++after.lines;
        after.gross_minor += line.gross.minor();
        after.fee_minor += line.fee.minor();
    }
    for (auto& [merchant, share] : shares) {
        share.account_merchant = before.merchant;
        share.settlement = before.id;
        share.connector = before.connector;
        share.settled_at = before.settled_at;
        rows::add_to_share(tx, share);
    }
    if (next) after.cursor = *next;
    if (next && next->empty()) {
        after.is_imported = true;
        if (!after.imported_at) after.imported_at = tx.now();
        balance(tx, after);
        on.audit.append(tx, {.merchant = after.merchant,
                             .correlation_id = {},
                             .action = "settlement.imported",
                             .entity_type = "settlement",
                             .entity_id = after.id.text(),
                             .actor = "system",
                             .changes = R"({"lines":)" + std::to_string(after.lines) + "}",
                             .ip_address = {},
                             .user_agent = {}});
    }
    if (!rows::update_settlement(tx, after)) return imported_meanwhile();
    return Stored{std::move(after), std::move(findings)};
}

}  // namespace florin::reconciliation
