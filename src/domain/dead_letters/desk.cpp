#include "florin/dead_letters/desk.hpp"

#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/card.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "masking.hpp"

namespace florin::dead_letters {
namespace {

/// Letters in one commit: so that a thousand do not hold up payments meanwhile.
constexpr int letters_in_a_commit = 100;

std::unexpected<Error> no_letter() {
    return fail(ErrorKind::not_found, "dead_letter_not_found", "There is no such dead letter.");
}
std::unexpected<Error> not_open() {
    return fail(ErrorKind::conflict, "dead_letter_not_open", "The dead letter does not wait for a decision any more.");
}
std::unexpected<Error> missing_reason() {
    return fail(ErrorKind::invalid, "missing_field", "Say why: it stays with the letter.", "reason");
}

DeadLetter masked(DeadLetter letter) {
    letter.last_error = masked_text(letter.last_error);
    return letter;
}

Shown shown(store::Reader& reader, DeadLetter letter) {
    Shown all{.letter = masked(std::move(letter)), .payload = {}, .edits = {}};
    all.payload = masked_json(jobs::payload_of(reader, all.letter.merchant, all.letter.id));
    all.edits = jobs::edits_of(reader, all.letter.merchant, all.letter.id);
    for (jobs::LetterEdit& edit : all.edits) edit.payload_before = masked_json(edit.payload_before);
    return all;
}

std::string hash_of(std::string_view payload) { return security::to_hex(security::sha256(payload)); }

Result<std::string> checked(std::string_view payload) {
    if (payload.size() > Desk::most_payload_bytes)
        return fail(ErrorKind::invalid, "too_long", "A payload has at most 32 KiB.", "payload");
    const auto value = json::parse(payload);
    if (!value) return fail(value.error().kind, value.error().code, value.error().message, "payload");
    if (value->kind() != json::Kind::object)
        return fail(ErrorKind::invalid, "wrong_type", "An object is expected.", "payload");
    if (auto fit = security::refuse_card_number(payload, "payload"); !fit) return fail(std::move(fit.error()));
    return json::to_text(*value);
}

}  // namespace

Task<Result<std::vector<DeadLetter>>> Desk::list(MerchantId merchant, LetterFilter filter) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<DeadLetter>> {
        std::vector<DeadLetter> letters;
        for (DeadLetter& letter : jobs::dead_letters(reader, merchant, filter))
            letters.push_back(masked(std::move(letter)));
        return letters;
    };
    co_return co_await on_.store.read(read);
}

Task<Result<std::vector<LetterGroup>>> Desk::groups(MerchantId merchant, LetterFilter filter) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<LetterGroup>> {
        return jobs::group_dead_letters(reader, merchant, filter);
    };
    co_return co_await on_.store.read(read);
}

Task<Result<Shown>> Desk::find(MerchantId merchant, JobId id) {
    auto read = [&](store::Reader& reader) -> Result<Shown> {
        auto letter = jobs::find_dead_letter(reader, merchant, id);
        if (!letter) return no_letter();
        return shown(reader, std::move(*letter));
    };
    co_return co_await on_.store.read(read);
}

Task<Result<MerchantId>> Desk::owner(JobId id) {
    auto read = [&](store::Reader& reader) -> Result<MerchantId> {
        const auto owner = jobs::owner_of_dead_letter(reader, id);
        if (!owner) return no_letter();
        return *owner;
    };
    co_return co_await on_.store.read(read);
}

Task<Result<std::vector<MerchantId>>> Desk::merchants() {
    auto read = [](store::Reader& reader) -> Result<std::vector<MerchantId>> {
        return jobs::merchants_with_dead_letters(reader);
    };
    co_return co_await on_.store.read(read);
}

void Desk::note(store::Tx& tx, const Asker& asker, MerchantId merchant, JobId id, std::string_view action,
                std::string_view changes) const {
    on_.audit.append(tx, {.merchant = merchant,
                          .correlation_id = asker.correlation_id,
                          .action = action,
                          .entity_type = "dead_letter",
                          .entity_id = id.text(),
                          .actor = asker.actor,
                          .changes = changes,
                          .ip_address = asker.ip_address,
                          .user_agent = asker.user_agent});
}

Task<Result<Shown>> Desk::edit(Asker asker, MerchantId merchant, JobId id, Edit edit) {
    if (edit.reason.empty()) co_return missing_reason();
    if (auto fit = security::refuse_card_number(edit.reason, "reason"); !fit) co_return fail(std::move(fit.error()));
    const auto wanted = checked(edit.payload);
    if (!wanted) co_return fail(wanted.error());
    auto change = [&](store::Tx& tx) -> Result<Shown> {
        const auto letter = jobs::find_dead_letter(tx, merchant, id);
        if (!letter) return no_letter();
        if (edit.version && *edit.version != letter->version)
            return fail(ErrorKind::conflict, "dead_letter_changed_meanwhile",
                        "Somebody else has changed the dead letter. Read it again.", "version");
        const std::string before = jobs::payload_of(tx, merchant, id);
        const auto after = unmasked(*wanted, before);
        if (!after) return fail(after.error());
        if (!jobs::edit(tx, merchant, id, *after, {.by = asker.actor, .reason = edit.reason})) return not_open();
        std::string changes;
        json::Writer{changes}
            .open('{')
            .field("payload_sha256_before", hash_of(before))
            .field("payload_sha256_after", hash_of(*after))
            .field("reason", edit.reason)
            .close('}');
        note(tx, asker, merchant, id, "dead_letter.edited", changes);
        auto now = jobs::find_dead_letter(tx, merchant, id);
        return shown(tx, now ? std::move(*now) : *letter);
    };
    co_return co_await on_.store.write(change);
}

Task<Result<std::vector<JobId>>> Desk::decide_some(const Asker& asker, MerchantId merchant,
                                                   const std::vector<JobId>& ids, Verdict verdict,
                                                   const std::string& reason) {
    auto decide_each = [&](store::Tx& tx) -> Result<std::vector<JobId>> {
        const jobs::Decision decision{.by = asker.actor, .reason = reason};
        std::vector<JobId> decided;
        if (verdict == Verdict::retry) {
            decided = jobs::retry(tx, merchant, ids, decision);
        } else {
            for (const JobId& id : ids)
                if (jobs::discard(tx, merchant, id, decision)) decided.push_back(id);
        }
        std::string changes;
        json::Writer{changes}.open('{').field("reason", reason).close('}');
        for (const JobId& id : decided)
            note(tx, asker, merchant, id, verdict == Verdict::retry ? "dead_letter.retried" : "dead_letter.discarded",
                 changes);
        return decided;
    };
    auto decided = co_await on_.store.write(decide_each);
    if (decided && verdict == Verdict::retry && !decided->empty()) on_.wake();
    co_return decided;
}

Task<Result<DeadLetter>> Desk::decide(Asker asker, MerchantId merchant, JobId id, Verdict verdict, std::string reason) {
    if (verdict == Verdict::discard && reason.empty()) co_return missing_reason();
    if (auto fit = security::refuse_card_number(reason, "reason"); !fit) co_return fail(std::move(fit.error()));
    const std::vector<JobId> one{id};
    const auto decided = co_await decide_some(asker, merchant, one, verdict, reason);
    if (!decided) co_return fail(decided.error());
    auto read = [&](store::Reader& reader) -> Result<DeadLetter> {
        auto letter = jobs::find_dead_letter(reader, merchant, id);
        if (!letter) return no_letter();
        if (verdict == Verdict::discard && letter->status != LetterStatus::discarded) return not_open();
        return masked(std::move(*letter));
    };
    co_return co_await on_.store.read(read);
}

Task<Result<std::int64_t>> Desk::decide_all(Asker asker, MerchantId merchant, Selection selection, Verdict verdict,
                                            std::string reason) {
    if (verdict == Verdict::discard && reason.empty()) co_return missing_reason();
    if (auto fit = security::refuse_card_number(reason, "reason"); !fit) co_return fail(std::move(fit.error()));
    if (selection.ids.size() > most_ids)
        co_return fail(ErrorKind::invalid, "too_many_ids", "Name 1,000 dead letters at most.", "ids");
    // What dies from now on, perhaps because it was let go by this very call, is another decision.
    selection.filter.died_before = std::min(selection.filter.died_before, on_.world.clock.now());
    selection.filter.limit = letters_in_a_commit;
    auto order = [&](store::Reader& reader) -> Result<std::vector<JobId>> {
        for (const JobId& id : selection.ids)
            if (!jobs::find_dead_letter(reader, merchant, id))
                return fail(ErrorKind::not_found, "dead_letter_not_found", "There is no dead letter " + id.text() + ".",
                            "ids");
        return jobs::in_order_of_enqueuing(reader, merchant, selection.ids);
    };
    const auto named = co_await on_.store.read(order);
    if (!named) co_return fail(named.error());
    auto choose = [&](store::Reader& reader) -> Result<std::vector<JobId>> {
        return jobs::choose_dead_letters(reader, merchant, selection.filter);
    };
    std::int64_t count = 0;
    for (std::size_t from = 0;; from += letters_in_a_commit) {
        std::vector<JobId> part;
        if (selection.ids.empty()) {
            auto chosen = co_await on_.store.read(choose);
            if (!chosen) co_return fail(chosen.error());
            part = std::move(*chosen);
        } else if (from < named->size()) {
            const auto begin = named->begin() + static_cast<std::ptrdiff_t>(from);
            part.assign(begin, begin + std::min<std::ptrdiff_t>(letters_in_a_commit, named->end() - begin));
        }
        if (part.empty()) co_return count;
        const auto decided = co_await decide_some(asker, merchant, part, verdict, reason);
        if (!decided) co_return fail(decided.error());
        count += static_cast<std::int64_t>(decided->size());
        // Somebody else decides on the same ones at this moment, and will go on with them.
        if (decided->empty() && selection.ids.empty()) co_return count;
    }
}

}  // namespace florin::dead_letters
