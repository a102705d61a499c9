#include <algorithm>
#include <map>

#include "florin/base/check.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "job_store.hpp"

namespace florin::jobs {
namespace {

using store::Row;
using store::Sql;

constexpr MerchantId platform{0};

const Sql bury_letter_sql{"dead_letters.bury", R"sql(
    INSERT INTO dead_letters (merchant_id, job_id, kind, status, cause, last_error, attempts, deaths, correlation_id,
                              created_at, died_at, version)
    SELECT merchant_id, id, kind, 'open', $3, $4, attempts, 1, correlation_id, created_at, $5, 1
    FROM jobs WHERE merchant_id = $1 AND id = $2 AND state = 'dead' AND finished_at = $5
    ON CONFLICT (merchant_id, job_id) DO UPDATE
    SET status = 'open', cause = excluded.cause, last_error = excluded.last_error, attempts = excluded.attempts,
        deaths = dead_letters.deaths + 1, died_at = excluded.died_at, announced_at = NULL, mailed_at = NULL, decided_at = NULL,
        decided_by = NULL, reason = NULL, version = dead_letters.version + 1
)sql"};

// A filter's text that is empty, and a status that is none, let everything through.
const Sql list_sql{"dead_letters.list", R"sql(
    SELECT merchant_id, job_id, kind, status, cause, last_error, attempts, deaths, correlation_id, created_at, died_at,
           decided_at, COALESCE(decided_by, ''), COALESCE(reason, ''), version
    FROM dead_letters
    WHERE merchant_id = $1 AND ($2 = '' OR status = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR cause = $4)
        AND died_at >= $5 AND died_at < $6 AND (died_at, job_id) < ($7, $8)
    ORDER BY died_at DESC, job_id DESC LIMIT $9
)sql"};

const Sql find_sql{"dead_letters.find", R"sql(
    SELECT merchant_id, job_id, kind, status, cause, last_error, attempts, deaths, correlation_id, created_at, died_at,
           decided_at, COALESCE(decided_by, ''), COALESCE(reason, ''), version
    FROM dead_letters WHERE merchant_id = $1 AND job_id = $2
)sql"};

// Over all merchants on purpose: the command line names a letter by its id alone.
const Sql owner_sql{"dead_letters.owner", R"sql(
    SELECT merchant_id FROM dead_letters WHERE job_id = $1 ORDER BY merchant_id LIMIT 1
)sql"};

const Sql merchants_sql{"dead_letters.merchants", R"sql(
    SELECT DISTINCT merchant_id FROM dead_letters ORDER BY merchant_id
)sql"};

const Sql groups_sql{"dead_letters.groups", R"sql(
    SELECT kind, cause, COUNT(*), MIN(died_at), MAX(died_at) FROM dead_letters
    WHERE merchant_id = $1 AND ($2 = '' OR status = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR cause = $4)
        AND died_at >= $5 AND died_at < $6
    GROUP BY kind, cause ORDER BY COUNT(*) DESC, kind, cause LIMIT $7
)sql"};

// Jobs that one unit has enqueued are of one moment: their turns tell which was first.
const Sql choose_sql{"dead_letters.choose", R"sql(
    SELECT letter.job_id FROM dead_letters AS letter
    JOIN jobs ON jobs.merchant_id = letter.merchant_id AND jobs.id = letter.job_id
    WHERE letter.merchant_id = $1 AND letter.status = 'open' AND ($2 = '' OR letter.kind = $2)
        AND ($3 = '' OR letter.cause = $3) AND letter.died_at >= $4 AND letter.died_at < $5
    ORDER BY letter.created_at, COALESCE(jobs.turn, 0), letter.job_id LIMIT $6
)sql"};

const Sql age_sql{"dead_letters.age", R"sql(
    SELECT created_at, COALESCE(turn, 0) FROM jobs WHERE merchant_id = $1 AND id = $2 AND state = 'dead'
)sql"};

// It keeps its turn, which is before those of all that were enqueued later.
const Sql retry_sql{"dead_letters.retry", R"sql(
    UPDATE jobs SET state = 'queued', claimable_at = $3, finished_at = NULL, attempts = 0, lost_leases = 0
    WHERE merchant_id = $1 AND id = $2 AND state = 'dead'
)sql"};

const Sql decide_sql{"dead_letters.decide", R"sql(
    UPDATE dead_letters
    SET status = $3, decided_at = $4, decided_by = $5, reason = $6, version = version + 1
    WHERE merchant_id = $1 AND job_id = $2 AND status <> 'retried' AND status <> $3
)sql"};

const Sql payload_sql{"dead_letters.payload", R"sql(
    SELECT payload FROM jobs WHERE merchant_id = $1 AND id = $2
)sql"};

const Sql keep_payload_sql{"dead_letters.keep_payload", R"sql(
    INSERT INTO dead_letter_edits (merchant_id, job_id, number, payload_before, edited_at, edited_by, reason)
    SELECT merchant_id, id,
           1 + (SELECT COUNT(*) FROM dead_letter_edits WHERE merchant_id = $1 AND job_id = $2), payload, $3, $4, $5
    FROM jobs WHERE merchant_id = $1 AND id = $2
)sql"};

const Sql change_payload_sql{"dead_letters.change_payload", R"sql(
    UPDATE jobs SET payload = $3 WHERE merchant_id = $1 AND id = $2 AND state = 'dead'
)sql"};

const Sql note_edit_sql{"dead_letters.note_edit", R"sql(
    UPDATE dead_letters SET version = version + 1 WHERE merchant_id = $1 AND job_id = $2 AND status = 'open'
)sql"};

const Sql edits_sql{"dead_letters.edits", R"sql(
    SELECT number, payload_before, edited_at, edited_by, reason FROM dead_letter_edits
    WHERE merchant_id = $1 AND job_id = $2 ORDER BY number
)sql"};

// Over all merchants: the team is told of everything at once.
const Sql unannounced_sql{"dead_letters.unannounced", R"sql(
    SELECT merchant_id, job_id, kind, status, cause, last_error, attempts, deaths, correlation_id, created_at, died_at,
           decided_at, COALESCE(decided_by, ''), COALESCE(reason, ''), version
    FROM dead_letters WHERE announced_at IS NULL ORDER BY merchant_id, died_at LIMIT $1
)sql"};

const Sql announce_sql{"dead_letters.announce", R"sql(
    UPDATE dead_letters SET announced_at = $4
    WHERE merchant_id = $1 AND job_id = $2 AND deaths = $3 AND announced_at IS NULL
)sql"};

// What belongs to merchant $1 and is of kind $2 is left out.
const Sql unmailed_sql{"dead_letters.unmailed", R"sql(
    SELECT MIN(died_at), (SELECT MAX(mailed_at) FROM dead_letters) FROM dead_letters
    WHERE mailed_at IS NULL AND status = 'open' AND NOT (merchant_id = $1 AND kind = $2)
)sql"};

const Sql mail_sql{"dead_letters.mail", R"sql(
    UPDATE dead_letters SET mailed_at = $3
    WHERE mailed_at IS NULL AND status = 'open' AND NOT (merchant_id = $1 AND kind = $2)
    RETURNING kind, cause, died_at
)sql"};

const Sql count_letters_sql{"dead_letters.count", R"sql(
    SELECT kind, COUNT(*) FROM dead_letters WHERE status = 'open' GROUP BY kind
)sql"};

DeadLetter letter_of(const Row& row) {
    const auto status = parse_letter_status(row.text(3));
    check(status.has_value(), "a dead letter has a status that is known");
    return {.merchant = row.merchant(0),
            .id = row.id<JobId>(1),
            .kind = row.string(2),
            .status = *status,
            .cause = row.string(4),
            .last_error = row.string(5),
            .attempts = row.integer(6),
            .deaths = row.integer(7),
            .correlation_id = row.string(8),
            .created_at = row.instant(9),
            .died_at = row.instant(10),
            .decided_at = row.optional_instant(11),
            .decided_by = row.string(12),
            .reason = row.string(13),
            .version = row.integer(14)};
}

std::string_view status_in(const LetterFilter& filter) {
    return filter.status ? to_text(*filter.status) : std::string_view{};
}

JobId id_of(const Row& row) { return row.id<JobId>(0); }

}  // namespace

std::string_view to_text(LetterStatus status) {
    switch (status) {
        case LetterStatus::open:
            return "open";
        case LetterStatus::retried:
            return "retried";
        case LetterStatus::discarded:
            return "discarded";
    }
    __builtin_unreachable();
}

std::optional<LetterStatus> parse_letter_status(std::string_view text) {
    for (const LetterStatus one : {LetterStatus::open, LetterStatus::retried, LetterStatus::discarded})
        if (to_text(one) == text) return one;
    return std::nullopt;
}

void note_death(Tx& tx, MerchantId merchant, JobId id, std::string_view error) {
    tx.later(bury_letter_sql, merchant, id, cause_of(error), error, tx.now());
}

std::vector<DeadLetter> dead_letters(Reader& reader, MerchantId merchant, const LetterFilter& filter) {
    JobId last;
    last.value.fill(0xFF);
    const LetterPlace after = filter.after.value_or(LetterPlace{Instant{INT64_MAX}, last});
    return reader.all(list_sql, letter_of, merchant, status_in(filter), filter.kind, filter.cause, filter.died_from,
                      filter.died_before, after.died_at, after.id, filter.limit);
}

std::optional<DeadLetter> find_dead_letter(Reader& reader, MerchantId merchant, JobId id) {
    return reader.first(find_sql, letter_of, merchant, id);
}

std::optional<MerchantId> owner_of_dead_letter(Reader& reader, JobId id) {
    return reader.first(owner_sql, [](const Row& row) { return row.merchant(0); }, id);
}

std::vector<MerchantId> merchants_with_dead_letters(Reader& reader) {
    return reader.all(merchants_sql, [](const Row& row) { return row.merchant(0); });
}

std::vector<LetterGroup> group_dead_letters(Reader& reader, MerchantId merchant, const LetterFilter& filter) {
    const auto group_of = [](const Row& row) {
        return LetterGroup{row.string(0), row.string(1), row.integer(2), row.instant(3), row.instant(4)};
    };
    return reader.all(groups_sql, group_of, merchant, status_in(filter), filter.kind, filter.cause, filter.died_from,
                      filter.died_before, filter.limit);
}

std::vector<JobId> choose_dead_letters(Reader& reader, MerchantId merchant, const LetterFilter& filter) {
    return reader.all(choose_sql, id_of, merchant, filter.kind, filter.cause, filter.died_from, filter.died_before,
                      filter.limit);
}

std::vector<JobId> in_order_of_enqueuing(Reader& reader, MerchantId merchant, const std::vector<JobId>& ids) {
    using Age = std::pair<Instant, std::int64_t>;
    std::vector<std::pair<Age, JobId>> aged;
    for (const JobId& id : ids) {
        const auto age =
            reader.first(age_sql, [](const Row& row) { return Age{row.instant(0), row.integer(1)}; }, merchant, id);
        if (age) aged.emplace_back(*age, id);
    }
    std::ranges::sort(aged);
    std::vector<JobId> sorted;
    for (const auto& [age, id] : aged) sorted.push_back(id);
    return sorted;
}

std::vector<JobId> retry(Tx& tx, MerchantId merchant, const std::vector<JobId>& ids, const Decision& decision) {
    std::vector<JobId> retried;
    for (const JobId& id : ids) {
        if (tx.run(retry_sql, merchant, id, tx.now()) != 1) continue;
        const auto retried_text = to_text(LetterStatus::retried);
        check(tx.run(decide_sql, merchant, id, retried_text, tx.now(), decision.by, decision.reason) == 1,
              "a dead job has a letter that is not retried");
        retried.push_back(id);
    }
    return retried;
}

bool discard(Tx& tx, MerchantId merchant, JobId id, const Decision& decision) {
    return tx.run(decide_sql, merchant, id, to_text(LetterStatus::discarded), tx.now(), decision.by, decision.reason) ==
           1;
}

std::string payload_of(Reader& reader, MerchantId merchant, JobId id) {
    return reader.first(payload_sql, [](const Row& row) { return row.string(0); }, merchant, id).value_or("");
}

bool edit(Tx& tx, MerchantId merchant, JobId id, std::string_view payload, const Decision& decision) {
    if (tx.run(note_edit_sql, merchant, id) != 1) return false;
    tx.later(keep_payload_sql, merchant, id, tx.now(), decision.by, decision.reason);
    tx.later(change_payload_sql, merchant, id, payload);
    return true;
}

std::vector<LetterEdit> edits_of(Reader& reader, MerchantId merchant, JobId id) {
    const auto edit_of = [](const Row& row) {
        return LetterEdit{row.integer(0), row.string(1), row.instant(2), row.string(3), row.string(4)};
    };
    return reader.all(edits_sql, edit_of, merchant, id);
}

std::vector<DeadLetter> unannounced(Reader& reader, int limit) { return reader.all(unannounced_sql, letter_of, limit); }

bool mark_announced(Tx& tx, const DeadLetter& letter) {
    return tx.run(announce_sql, letter.merchant, letter.id, letter.deaths, tx.now()) == 1;
}

Unmailed unmailed(Reader& reader, std::string_view own_mails) {
    const auto map = [](const Row& row) { return Unmailed{row.optional_instant(0), row.optional_instant(1)}; };
    return *reader.first(unmailed_sql, map, platform, own_mails);
}

std::vector<LetterGroup> take_unmailed(Tx& tx, std::string_view own_mails) {
    std::map<std::pair<std::string, std::string>, LetterGroup> groups;
    const auto count = [&](const Row& row) {
        LetterGroup& group = groups[{row.string(0), row.string(1)}];
        const Instant died_at = row.instant(2);
        if (group.count++ == 0) group = {row.string(0), row.string(1), 1, died_at, died_at};
        group.first_died_at = std::min(group.first_died_at, died_at);
        group.last_died_at = std::max(group.last_died_at, died_at);
    };
    tx.each(mail_sql, count, platform, own_mails, tx.now());
    std::vector<LetterGroup> largest_first;
    for (auto& [key, group] : groups) largest_first.push_back(std::move(group));
    std::ranges::sort(largest_first, std::greater{}, &LetterGroup::count);
    return largest_first;
}

std::vector<std::pair<std::string, std::int64_t>> count_open_letters(Reader& reader) {
    return reader.all(count_letters_sql, [](const Row& row) { return std::pair{row.string(0), row.integer(1)}; });
}

}  // namespace florin::jobs
