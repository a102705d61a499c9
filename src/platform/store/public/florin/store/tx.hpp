#pragma once

#include <any>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/store/sql.hpp"

namespace florin::store {

/// A parameter of a statement. Borrowed: what it points at outlives the call.
class Param {
public:
    enum class Kind : std::uint8_t { null, integer, text, bytes, id };

    Param(std::nullptr_t) {}
    Param(std::nullopt_t) {}
    template <class T>
        requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
    Param(T value) : kind_{Kind::integer}, integer_{static_cast<std::int64_t>(value)} {}
    Param(bool value) : kind_{Kind::integer}, integer_{value ? 1 : 0} {}
    Param(Instant at) : kind_{Kind::integer}, integer_{at.ms} {}
    Param(MerchantId id) : kind_{Kind::integer}, integer_{id.value} {}
    Param(std::string_view text) : kind_{Kind::text}, data_{text.data()}, size_{text.size()} {}
    Param(const std::string& text) : Param{std::string_view{text}} {}
    Param(const char* text) : Param{std::string_view{text}} {}
    Param(std::span<const std::byte> bytes)
        : kind_{Kind::bytes}, data_{reinterpret_cast<const char*>(bytes.data())}, size_{bytes.size()} {}
    Param(std::span<const std::uint8_t> bytes) : Param{std::as_bytes(bytes)} {}
    Param(const std::vector<std::uint8_t>& bytes) : Param{std::as_bytes(std::span{bytes})} {}
    template <std::size_t N>
        requires(N != 16)
    Param(const std::array<std::uint8_t, N>& bytes) : Param{std::as_bytes(std::span{bytes})} {}
    Param(const Uuid& id) : kind_{Kind::id}, data_{reinterpret_cast<const char*>(id.data())}, size_{id.size()} {}
    template <class Of>
    Param(const Id<Of>& id) : Param{id.value} {}
    template <class T>
    Param(const std::optional<T>& value) : Param{value ? Param{*value} : Param{nullptr}} {}

    Kind kind() const { return kind_; }
    std::int64_t integer() const { return integer_; }
    /// Of text, bytes and ids.
    std::string_view data() const { return {data_, size_}; }

private:
    Kind kind_ = Kind::null;
    std::int64_t integer_ = 0;
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

/// One row of a result, valid during the call that shows it. Columns count from 0.
class Row {
public:
    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual std::string_view text(int column) const = 0;
    virtual std::span<const std::byte> bytes(int column) const = 0;

    std::string string(int column) const { return std::string{text(column)}; }
    Instant instant(int column) const { return {integer(column)}; }
    MerchantId merchant(int column) const { return {integer(column)}; }
    Uuid uuid(int column) const;
    template <class IdType>
    IdType id(int column) const {
        return IdType{uuid(column)};
    }
    std::optional<std::string> optional_string(int column) const {
        return is_null(column) ? std::nullopt : std::optional{string(column)};
    }
    std::optional<std::int64_t> optional_integer(int column) const {
        return is_null(column) ? std::nullopt : std::optional{integer(column)};
    }
    std::optional<Instant> optional_instant(int column) const {
        return is_null(column) ? std::nullopt : std::optional{instant(column)};
    }
    template <class IdType>
    std::optional<IdType> optional_id(int column) const {
        return is_null(column) ? std::nullopt : std::optional{id<IdType>(column)};
    }

protected:
    ~Row() = default;
};

/// A borrowed callable, for the length of one call.
class RowSink {
public:
    template <class F>
        requires std::is_invocable_v<F&, const Row&>
    RowSink(F&& sink)
        : object_{const_cast<void*>(static_cast<const void*>(&sink))},
          call_{[](void* object, const Row& row) { (*static_cast<std::remove_reference_t<F>*>(object))(row); }} {}
    void operator()(const Row& row) const { call_(object_, row); }

private:
    void* object_;
    void (*call_)(void*, const Row&);
};

enum class Engine { sqlite, postgres };

/// Facts that are not read again for each who needs them, one of a type. See `Tx::memory` and `Reader::seen`.
class Memory {
public:
    template <class T>
    T& get() {
        std::any& slot = slots_[std::type_index{typeid(T)}];
        if (!slot.has_value()) slot.emplace<T>();
        return *std::any_cast<T>(&slot);
    }
    void forget() { slots_.clear(); }

private:
    std::unordered_map<std::type_index, std::any> slots_;
};

/// A consistent view of the database. Reading calls throw `Failure` when the engine fails.
class Reader {
public:
    template <class... Params>
    void each(const Sql& sql, RowSink sink, const Params&... params) {
        const Param list[] = {Param{params}..., Param{nullptr}};
        query(sql, std::span{list, sizeof...(params)}, sink);
    }
    /// The first row through `map`, if there is one.
    template <class Map, class... Params>
    auto first(const Sql& sql, Map map, const Params&... params)
        -> std::optional<std::decay_t<std::invoke_result_t<Map&, const Row&>>> {
        std::optional<std::decay_t<std::invoke_result_t<Map&, const Row&>>> found;
        each(
            sql,
            [&](const Row& row) {
                if (!found) found.emplace(map(row));
            },
            params...);
        return found;
    }
    template <class Map, class... Params>
    auto all(const Sql& sql, Map map, const Params&... params)
        -> std::vector<std::decay_t<std::invoke_result_t<Map&, const Row&>>> {
        std::vector<std::decay_t<std::invoke_result_t<Map&, const Row&>>> rows;
        each(sql, [&](const Row& row) { rows.push_back(map(row)); }, params...);
        return rows;
    }
    virtual void query(const Sql& sql, std::span<const Param> params, RowSink sink) = 0;
    virtual Engine engine() const = 0;
    /// What was read in this transaction and is asked for again and again by units that share it: settings, say.
    /// Emptied by the engine with each transaction; whoever writes what may be in it empties it, too.
    Memory& seen() { return *seen_; }

protected:
    explicit Reader(Memory& seen) : seen_{&seen} {}
    ~Reader() = default;

private:
    Memory* seen_;
};

/// One unit of work: everything it writes becomes true together or not at all. A unit is a plain
/// function of `Tx&`, does nothing but read and write here, and may be run more than once (after a
/// deadlock, or because another unit that shared its commit failed): it assigns what it captures,
/// it never appends.
class Tx : public Reader {
public:
    /// Runs the statement and returns how many rows it changed.
    template <class... Params>
    std::int64_t run(const Sql& sql, const Params&... params) {
        const Param list[] = {Param{params}..., Param{nullptr}};
        return execute(sql, std::span{list, sizeof...(params)});
    }
    /// For a statement whose result nobody waits for. It takes effect in order with the others; if
    /// it fails, the unit fails. On PostgreSQL it is pipelined and costs no round trip.
    template <class... Params>
    void later(const Sql& sql, const Params&... params) {
        const Param list[] = {Param{params}..., Param{nullptr}};
        execute_later(sql, std::span{list, sizeof...(params)}, false);
    }
    /// True when the statement changes exactly one row: a reservation, an insert-first, a version
    /// check. On PostgreSQL this is first assumed and pipelined; should it prove false before the
    /// commit, all is rolled back and the unit runs again alone, where `claim` tells the truth. So
    /// false is always true, and true is so by the time of the commit.
    template <class... Params>
    [[nodiscard]] bool claim(const Sql& sql, const Params&... params) {
        const Param list[] = {Param{params}..., Param{nullptr}};
        return execute_later(sql, std::span{list, sizeof...(params)}, true);
    }

    /// Wall clock, read once as the unit starts: one moment for all that it writes.
    Instant now() const { return now_; }
    /// What a writing connection remembers between units of work (the head of a hash chain, the last position given
    /// out). Emptied by the engine whenever anything is rolled back: what is in it always agrees with the database.
    Memory& memory() { return *memory_; }
    /// Names the sequence of commits that this connection makes one after another: hash chains and
    /// counters that must not be contended are kept per lane. One lane, 'main', on SQLite.
    std::string_view lane() const { return lane_; }

    virtual std::int64_t execute(const Sql& sql, std::span<const Param> params) = 0;
    virtual bool execute_later(const Sql& sql, std::span<const Param> params, bool must_change_one) = 0;

protected:
    explicit Tx(Memory& seen) : Reader{seen} {}
    ~Tx() = default;
    Instant now_{};
    Memory* memory_ = nullptr;
    std::string_view lane_;
};

}  // namespace florin::store
