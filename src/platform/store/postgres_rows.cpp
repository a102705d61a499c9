#include "postgres_rows.hpp"

#include <algorithm>
#include <bit>
#include <new>
#include <tuple>

namespace florin::store {

Param HeldStatements::keep(const Param& param) {
    const std::string_view data = param.data();
    switch (param.kind()) {
        case Param::Kind::null:
            return nullptr;
        case Param::Kind::integer:
            return param.integer();
        case Param::Kind::id: {
            auto* id = new (bytes_.allocate(sizeof(Uuid), alignof(Uuid))) Uuid;
            std::memcpy(id->data(), data.data(), id->size());
            return *id;
        }
        case Param::Kind::text:
        case Param::Kind::bytes:
            break;
    }
    char* copy = static_cast<char*>(bytes_.allocate(data.size() + 1, 1));
    std::copy(data.begin(), data.end(), copy);
    if (param.kind() == Param::Kind::text) return std::string_view{copy, data.size()};
    return std::as_bytes(std::span{copy, data.size()});
}

void HeldStatements::hold(const Sql& sql, std::span<const Param> params, PostgresSession::Want want,
                          std::size_t owner) {
    if (owner != owner_) {
        owner_ = owner;
        stage_ = 0;
        place_ = 0;
        last_ = nullptr;
    }
    // Which of two rows stays is for the order to say, unless both must.
    const InsertShape* shape = session_.insert_shape(sql);
    const bool is_insert = shape != nullptr && shape->parameters == params.size() &&
                           (!shape->ignores_conflicts() || want == PostgresSession::Want::one_change);
    if (!is_insert) {
        if (stage_ != 0) {
            // A second one of a unit: it must not come between another unit's two.
            send();
            owner_ = owner;
        }
        stage_ = 1;
    } else if (stage_ == 1) {
        stage_ = 2;
    }
    if (last_ != &sql || last_want_ != want) ++place_;
    last_ = &sql;
    last_want_ = want;
    statements_.push_back({.sql = &sql,
                           .want = want,
                           .owner = owner,
                           .stage = stage_,
                           .place = is_insert ? place_ : 0,
                           .number = statements_.size(),
                           .first_param = params_.size(),
                           .params = params.size()});
    for (const Param& param : params) params_.push_back(keep(param));
}

void HeldStatements::send() {
    std::ranges::sort(statements_, {}, [](const Statement& held) {
        const bool is_insert = held.stage != 1;
        return std::tuple{held.stage, is_insert ? held.place : 0, is_insert ? held.sql->index() : 0,
                          is_insert ? held.want : PostgresSession::Want::success, held.number};
    });
    for (std::size_t from = 0; from < statements_.size();) {
        const Statement& first = statements_[from];
        std::size_t to = from + 1;
        while (first.stage != 1 && to < statements_.size() && statements_[to].stage == first.stage &&
               statements_[to].place == first.place && statements_[to].sql == first.sql &&
               statements_[to].want == first.want)
            ++to;
        send_run(std::span{statements_}.subspan(from, to - from));
        from = to;
    }
    forget();
}

void HeldStatements::send_run(std::span<const Statement> run) {
    // Powers of two, so that few statements have to be prepared.
    for (std::size_t from = 0; from < run.size();) {
        const std::size_t rows = std::min(most_rows, std::bit_floor(run.size() - from));
        const Statement& first = run[from];
        if (rows == 1) {
            session_.send(*first.sql, std::span{params_}.subspan(first.first_param, first.params), first.want,
                          first.owner);
        } else {
            sent_params_.clear();
            for (const Statement& row : run.subspan(from, rows)) {
                const auto params = std::span{params_}.subspan(row.first_param, row.params);
                sent_params_.insert(sent_params_.end(), params.begin(), params.end());
            }
            session_.send(*first.sql, sent_params_, first.want, several, rows);
        }
        from += rows;
    }
}

void HeldStatements::forget() {
    statements_.clear();
    params_.clear();
    sent_params_.clear();
    bytes_.release();
    owner_ = several;
    stage_ = 0;
    place_ = 0;
    last_ = nullptr;
}

}  // namespace florin::store
