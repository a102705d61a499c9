#include "counted_jobs.hpp"

#include <string>

#include "florin/telemetry/metrics.hpp"

namespace florin::app {

jobs::Handler counted(std::string_view kind, jobs::Handler handler, Clock& clock) {
    const std::string name{kind};
    auto& took = telemetry::metrics().histogram("florin_job_duration_seconds", "Time that an attempt at a job took.",
                                                telemetry::Unit::seconds, {{"kind", name}});
    const auto count = [&](std::string_view result) {
        return &telemetry::metrics().counter("florin_job_attempts_total", "Attempts at jobs, by how they ended.",
                                             {{"kind", name}, {"result", std::string{result}}});
    };
    return [handler = std::move(handler), &clock, &took, done = count("done"),
            failed = count("failed")](const jobs::Job& job) -> Task<Result<void>> {
        const std::int64_t begun_ns = clock.monotonic_ns();
        auto outcome = co_await handler(job);
        took.observe(clock.monotonic_ns() - begun_ns);
        (outcome ? done : failed)->add();
        co_return outcome;
    };
}

}  // namespace florin::app
