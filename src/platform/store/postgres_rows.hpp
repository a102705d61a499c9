#pragma once

#include <cstddef>
#include <memory_resource>
#include <vector>

#include "postgres_session.hpp"

namespace florin::store {

/// The statements of several units that nobody waits for, until they have to go out: then rows for one
/// statement go out together, at a fraction of the cost of one each.
///
/// What stays in order: each unit's own statements, and everything but plain inserts among all
/// units. So a unit's inserts may come before or after another unit's statements, as they may when
/// the two run in transactions of their own.
class HeldStatements {
public:
    /// The owner of a statement that several units share.
    static constexpr std::size_t several = static_cast<std::size_t>(-1);
    static constexpr std::size_t most_rows = 64;

    explicit HeldStatements(PostgresSession& session) : session_{session} {}

    void hold(const Sql& sql, std::span<const Param> params, PostgresSession::Want want, std::size_t owner);
    /// Sends everything held.
    void send();
    void forget();

private:
    struct Statement {
        const Sql* sql;
        PostgresSession::Want want;
        std::size_t owner;
        /// Inserts before their unit's other statement, that one, inserts after it.
        int stage;
        /// Grows along a unit where its statement changes; rows of the same place may share.
        std::size_t place;
        /// In the order of the calls.
        std::size_t number;
        std::size_t first_param;
        std::size_t params;
    };
    Param keep(const Param& param);
    void send_run(std::span<const Statement> run);

    PostgresSession& session_;
    std::vector<Statement> statements_;
    std::vector<Param> params_;
    std::vector<Param> sent_params_;
    std::pmr::monotonic_buffer_resource bytes_{65'536};
    /// Where the unit stands that holds at the moment.
    std::size_t owner_ = several;
    int stage_ = 0;
    std::size_t place_ = 0;
    const Sql* last_ = nullptr;
    PostgresSession::Want last_want_{};
};

}  // namespace florin::store
