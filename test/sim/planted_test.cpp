// Plants one fault after the other into payments and billing and expects the judges to object.

#include "planted.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>

#include "crash.hpp"
#include "florin/billing/planted.hpp"
#include "lives.hpp"
#include "trouble.hpp"

namespace florin::sim {
namespace {

using payments::Bug;

struct Planted {
    std::string_view fault;
    Bug bug;
};
constexpr Planted all[] = {
    {"the provider is called before the intent is committed", Bug::call_before_intent},
    {"the reference is made anew for each attempt", Bug::reference_per_attempt},
    {"no answer is taken for a decline", Bug::timeout_is_decline},
    {"one look-up that finds nothing is believed at once", Bug::not_found_is_final},
    {"a refund reserves nothing", Bug::refund_without_reservation},
    {"a capture reserves nothing", Bug::capture_without_reservation},
    {"success is told before it is recorded", Bug::acknowledge_before_commit},
    {"a charge is sent again while its outcome is unknown", Bug::send_again_while_unknown},
    {"what may have happened is tried at another provider", Bug::reroute_while_unknown},
    {"what a refused follow-up reserved is never released", Bug::keep_reservation_on_decline},
    {"what an unknown follow-up reserved is released", Bug::release_while_unknown},
    {"what recovery finds is not posted", Bug::no_ledger_on_recovery},
    {"what recovery finds is posted twice", Bug::double_ledger_on_recovery},
    {"the key is not taken with the intent", Bug::key_not_taken},
    {"the final answer is not kept", Bug::answer_not_kept},
    {"changes are not audited", Bug::skip_audit},
    {"events are not written", Bug::skip_event},
};

struct PlantedBilling {
    std::string_view fault;
    billing::Bug bug;
    std::string_view law;  ///< Which one it breaks.
};
constexpr PlantedBilling all_of_billing[] = {
    {"a forecast leaves out what is open", billing::Bug::forecast_without_open, "what is open is foreseen"},
    {"a turn is taken twice", billing::Bug::turn_taken_twice, "nothing is charged before its day"},
};

/// The first objection of the standard simulation, cut short; empty when there is none.
std::string first_objection() {
    for (const Flow& flow : flows().first(1)) {
        const Course clean = run_flow(flow, 0);
        for (std::uint64_t death = 0; death <= clean.moments; ++death) {
            const Course course = run_flow(flow, death);
            if (!course.objections.empty())
                return course.objections[0].law + " (dead at step " + std::to_string(death) + ")";
        }
    }
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Outcome outcome = make_trouble(seed);
        if (!outcome.objections.empty()) return outcome.objections[0].law + " (seed " + std::to_string(seed) + ")";
    }
    return {};
}

/// The first seed of lives in which somebody objects with `law`; empty when there is none.
std::string first_objection_of_lives(std::string_view law) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed)
        for (const Objection& objection : live_through(seed).objections)
            if (objection.law == law) return objection.law + " (seed " + std::to_string(seed) + ")";
    return {};
}

/// What `objector` says in a process of its own: some faults stop it, which is how a `check` objects.
std::string said_by(const std::function<std::string()>& objector) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return {};
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(2);
        const std::string found = objector();
        const auto written = ::write(ends[1], found.data(), found.size());
        ::_exit(written == static_cast<ssize_t>(found.size()) ? 0 : 2);
    }
    ::close(ends[1]);
    std::string found;
    std::array<char, 512> some{};
    for (ssize_t got = 0; (got = ::read(ends[0], some.data(), some.size())) > 0;)
        found.append(some.data(), static_cast<std::size_t>(got));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT) return "a check stops the process";
    return found;
}

std::string objection_to(Bug bug) {
    return said_by([bug] {
        payments::planted_bug = bug;
        return first_objection();
    });
}

TEST(PlantedFaults, each_is_found_by_the_simulation) {  // F1, F2, F7, F18, F19, F20, F23, F34, F36, F37, F54
    for (const Planted& one : all) {
        const std::string found = objection_to(one.bug);
        EXPECT_FALSE(found.empty()) << "nobody objects when " << one.fault;
        std::printf("  %-52s -> %s\n", std::string{one.fault}.c_str(), found.c_str());
    }
}

TEST(PlantedFaults, each_of_billing_is_found_by_its_judge) {  // F70
    for (const PlantedBilling& one : all_of_billing) {
        const std::string found = said_by([&one] {
            billing::planted_bug = one.bug;
            return first_objection_of_lives(one.law);
        });
        EXPECT_TRUE(found.starts_with(one.law)) << "nobody objects when " << one.fault << ": " << found;
        std::printf("  %-52s -> %s\n", std::string{one.fault}.c_str(), found.c_str());
    }
}

TEST(PlantedFaults, without_one_nobody_objects) { EXPECT_EQ(objection_to(Bug::none), ""); }

}  // namespace
}  // namespace florin::sim
