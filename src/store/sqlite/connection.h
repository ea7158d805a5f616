#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/named_type.h"
#include "base/result.h"
#include "store/document_store.h"

namespace righttask::store::sqlite {

/// What a failure in the database means for the transaction.
enum class Fault : std::uint8_t {
  none,    // a rule or a single row: the transaction goes on
  full,    // rolled back; the connection stays good
  failed,  // nothing that was not acknowledged may be believed: reopen
};

/// Why a step failed, and what whoever asked is told.
struct Failure {
  StoreError error;
  Fault fault = Fault::none;
};

/// A prepared statement. Parameters are borrowed until the next run or reset.
class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}
  Statement& operator=(Statement&& other) noexcept {
    std::swap(statement_, other.statement_);
    std::swap(bound_, other.bound_);
    return *this;
  }
  ~Statement() { sqlite3_finalize(statement_); }

  [[nodiscard]] int prepare(sqlite3* db, std::string_view sql);

  /// Binds all parameters and steps once: SQLITE_ROW, SQLITE_DONE or an error.
  template <typename... Parameters>
  [[nodiscard]] int start(const Parameters&... parameters) {
    reset();
    bound_ = SQLITE_OK;
    int index = 0;
    (bind(++index, parameters), ...);
    return step();
  }
  [[nodiscard]] int step() { return bound_ == SQLITE_OK ? sqlite3_step(statement_) : bound_; }
  void reset() { sqlite3_reset(statement_); }

  /// For statements without rows: SQLITE_OK or an error.
  template <typename... Parameters>
  [[nodiscard]] int run(const Parameters&... parameters) {
    const int code = start(parameters...);
    reset();
    return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
  }

  [[nodiscard]] bool is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] std::uint64_t count(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] Sequence sequence(int column) const { return Sequence{count(column)}; }
  [[nodiscard]] WallTime time(int column) const {
    return WallTime(std::chrono::milliseconds(integer(column)));
  }
  /// Valid until the next step.
  [[nodiscard]] ByteView blob(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(as_text(blob(column))); }

 private:
  void note(int code) {
    if (code != SQLITE_OK && bound_ == SQLITE_OK) bound_ = code;
  }
  void bind(int index, std::int64_t value) { note(sqlite3_bind_int64(statement_, index, value)); }
  void bind(int index, std::uint64_t value) { bind(index, static_cast<std::int64_t>(value)); }
  template <typename Tag>
  void bind(int index, NamedType<std::uint64_t, Tag> value) {
    bind(index, value.value());
  }
  void bind(int index, WallTime value) {
    bind(index, std::int64_t{value.time_since_epoch().count()});
  }
  void bind(int index, std::string_view value) {
    note(sqlite3_bind_text64(statement_, index, value.data() ? value.data() : "", value.size(),
                             SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind(int index, ByteView value) {
    note(sqlite3_bind_blob64(statement_, index, value.data() ? value.data() : kNothing,
                             value.size(), SQLITE_STATIC));
  }
  template <typename T>
  void bind(int index, const std::optional<T>& value) {
    if (value) {
      bind(index, *value);
    } else {
      note(sqlite3_bind_null(statement_, index));
    }
  }

  static constexpr std::uint8_t kNothing[1] = {};

  sqlite3_stmt* statement_ = nullptr;
  int bound_ = SQLITE_OK;  // the first error of binding; reported by step
};

/// Resets a statement at the end of a scope, so that no read transaction outlives it.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(statement) {}
  ~Rows() { statement_.reset(); }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

 private:
  Statement& statement_;
};

/// An open database. One thread at a time.
class Connection {
 public:
  /// Opens (and makes, where asked) without reading anything yet. The error is SQLite's words.
  [[nodiscard]] static Result<Connection, std::string> open(const std::string& path,
                                                            const std::string& vfs, bool create);
  Connection(Connection&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Connection& operator=(Connection&& other) noexcept {
    std::swap(db_, other.db_);
    return *this;
  }
  ~Connection() { sqlite3_close(db_); }

  [[nodiscard]] sqlite3* get() const { return db_; }
  [[nodiscard]] int execute(const char* sql) {
    return sqlite3_exec(db_, sql, nullptr, nullptr, nullptr);
  }
  /// The first column of the first row.
  [[nodiscard]] Result<std::int64_t, int> integer(std::string_view sql);

  /// Whether the last connection that closes copies the WAL into the file and removes it.
  void checkpoint_on_close(bool on);

  /// What the code, just returned by this connection, means.
  [[nodiscard]] Failure failure(int code) const;
  /// Code and words, for the log.
  [[nodiscard]] std::string describe(int code) const;

 private:
  explicit Connection(sqlite3* db) : db_(db) {}

  sqlite3* db_;
};

/// Rolled back at the end of the scope unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  [[nodiscard]] int begin_writing() { return connection_.execute("BEGIN IMMEDIATE"); }
  /// Reads see one moment, from the first of them on.
  [[nodiscard]] int begin_reading() { return connection_.execute("BEGIN"); }
  [[nodiscard]] int commit() { return connection_.execute("COMMIT"); }

 private:
  Connection& connection_;
};

}  // namespace righttask::store::sqlite
