// Commands in: from the broker to jobs, and what the jobs do.

#include "florin/broker/broker.hpp"

#include "broker_impl.hpp"
#include "cloud_event.hpp"
#include "florin/base/check.hpp"
#include "florin/json/clean.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/hash.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::broker {
namespace {

constexpr std::size_t longest_id = 255;
constexpr Millis before_release{1'000};
constexpr MerchantId nobody{0};

void count(std::string_view result) {
    telemetry::metrics()
        .counter("florin_broker_commands_total", "Messages that came from the message broker, by what became of them.",
                 {{"result", std::string{result}}})
        .add();
}

std::string place_of(MerchantId merchant, std::string_view message_id) {
    return "broker_messages.sealed_body." + std::to_string(merchant.value) + "." + std::string{message_id};
}

/// Texts that somebody else wrote, as they may be stored.
void tame(Message& message) {
    message.id = json::clean_text(message.id, longest_id);
    for (std::string* text : {&message.subject, &message.group, &message.content_type})
        *text = json::clean_text(*text, longest_id);
    for (auto& [name, value] : message.properties) {
        name = json::clean_text(name, longest_id);
        value = json::clean_text(value, 1'024);
    }
}

/// For what repeating cannot mend.
bool is_final(ErrorKind kind) {
    return kind != ErrorKind::unavailable && kind != ErrorKind::outcome_unknown && kind != ErrorKind::rate_limited;
}

}  // namespace

Broker::Broker(Settings settings, Surroundings surroundings)
    : impl_{std::make_shared<Impl>(std::move(settings), std::move(surroundings))} {}
Broker::~Broker() = default;

bool Broker::is_on() const { return !impl_->settings.url.empty(); }

void Broker::handle(std::string type, CommandHandler handler) {
    const bool is_new = impl_->handlers.emplace(std::move(type), std::move(handler)).second;
    check(is_new, "a type of command has one handler");
}

void Broker::Impl::connect() {
    Scheduler& home = Scheduler::current();
    auto on_message = [weak = weak_from_this(), &home](Message message, std::function<void(Verdict)> answer) {
        home.call_after(Millis{0}, [weak, message = std::move(message), answer = std::move(answer)]() mutable {
            const auto self = weak.lock();
            if (!self || self->is_stopping()) return;
            Scheduler::current().spawn(self->take_in(std::move(message), std::move(answer)));
        });
    };
    transport = on.connect({.url = settings.url,
                            .user = settings.user,
                            .password = settings.password,
                            .authority_file = settings.authority_file,
                            .container_id = "florin-" + on.node,
                            .target = settings.events_to,
                            .source = settings.commands_from,
                            .on_message = std::move(on_message)});
}

Task<void> Broker::Impl::take_in(Message message, std::function<void(Verdict)> answer) {
    tame(message);
    const auto event = cloud_event_of(message);
    // Without an id of its own a copy could not be told from it.
    if (message.id.empty() && event) message.id = json::clean_text(event->id, longest_id);
    if (message.id.empty()) {
        count("rejected");
        answer(Verdict::reject);
        co_return;
    }
    MerchantId merchant = nobody;
    if (event && !event->merchant.empty()) {
        const auto found = co_await on.find_merchant(event->merchant);
        if (!found) {
            co_await sleep_for(before_release);
            answer(Verdict::release);
            co_return;
        }
        if (*found) merchant = **found;
    }
    const std::string correlation_id =
        event && !event->correlation_id.empty() ? event->correlation_id : florin::to_text(on.world.new_uuid());
    const std::string text = to_text(message);
    const rows::BodyHash hash = security::sha256(text);
    const auto sealed = on.keys.seal(text, place_of(merchant, message.id));
    const auto id = on.world.new_id<struct rows::MessageRowTag>();
    std::string payload;
    json::Writer{payload}.open('{').field("message_id", message.id).close('}');
    // What is about one object is done in the order in which it came.
    const std::string about = !message.group.empty() ? message.group : event ? event->subject : std::string{};
    const std::string order = "broker-command:" + about;
    enum class Receipt { accepted, duplicate, conflicting };
    auto keep = [&](store::Tx& tx) -> Result<Receipt> {
        const bool is_new = rows::insert(tx, {.merchant = merchant,
                                              .message_id = message.id,
                                              .id = id,
                                              .type = event ? std::string_view{event->type} : std::string_view{},
                                              .body_hash = hash,
                                              .sealed_body = sealed,
                                              .correlation_id = correlation_id});
        if (!is_new)
            return rows::body_hash(tx, merchant, message.id) == hash ? Receipt::duplicate : Receipt::conflicting;
        jobs::enqueue(tx, {.merchant = merchant,
                           .id = jobs::JobId{id.value},
                           .kind = command_kind,
                           .payload = payload,
                           .ordering_key = about.empty() ? std::nullopt : std::optional<std::string_view>{order},
                           .correlation_id = correlation_id,
                           .traceparent = event ? std::string_view{event->traceparent} : std::string_view{}});
        return Receipt::accepted;
    };
    const auto receipt = co_await on.store.write(keep);
    if (!receipt) {
        // It is given again, but not at once.
        co_await sleep_for(before_release);
        answer(Verdict::release);
        co_return;
    }
    answer(Verdict::accept);
    count(*receipt == Receipt::accepted ? "accepted" : *receipt == Receipt::duplicate ? "duplicate" : "conflicting");
    if (*receipt == Receipt::accepted) on.wake();
    if (*receipt == Receipt::conflicting)
        log::warning("broker.message_conflicting", {{"message_id", message.id}, {"correlation_id", correlation_id}});
}

Task<Result<void>> Broker::obey(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto payload = json::parse(job.payload);
    const json::Value* id = payload ? payload->find("message_id") : nullptr;
    if (id == nullptr) co_return fail(ErrorKind::invalid, "job_unreadable", "The job does not name its message.");
    const std::string message_id{id->text()};
    auto read_sealed = [&](store::Reader& reader) -> Result<std::optional<std::vector<std::uint8_t>>> {
        return rows::sealed_body(reader, job.merchant, message_id);
    };
    const auto sealed = co_await my.on.store.read(read_sealed);
    if (!sealed) co_return fail(sealed.error());
    if (!*sealed) co_return fail(ErrorKind::invalid, "message_not_found", "There is no such message.");
    const auto text = my.on.keys.open(**sealed, place_of(job.merchant, message_id));
    if (!text) co_return fail(text.error());
    const auto message = parse_message(*text);
    if (!message) co_return fail(message.error());
    auto event = cloud_event_of(*message);
    if (!event) co_return fail(ErrorKind::invalid, event.error().code, event.error().message);
    if (job.merchant == nobody)
        co_return fail(ErrorKind::invalid, "merchant_not_found",
                       "The message names no merchant that there is: its attribute `merchant` is the name.");
    const auto handler = my.handlers.find(event->type);
    if (handler == my.handlers.end())
        co_return fail(ErrorKind::invalid, "unknown_command", "There is nothing that a message of this type asks for.");
    const Command command{.merchant = job.merchant,
                          .message_id = message_id,
                          .type = std::move(event->type),
                          .source = std::move(event->source),
                          .subject = std::move(event->subject),
                          .data = std::move(event->data),
                          .correlation_id = job.correlation_id,
                          .traceparent = job.traceparent};
    const auto done = co_await handler->second(command);
    if (done) co_return Result<void>{};
    const Error& error = done.error();
    co_return fail(is_final(error.kind) ? ErrorKind::invalid : error.kind, error.code, error.message, error.field);
}

}  // namespace florin::broker
