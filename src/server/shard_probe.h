#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace righttask::server {

/// Why a request for a socket was refused.
enum class ConnectRefusal : std::uint8_t {
  malformed,     // no request for a socket at all, or a query that cannot be read
  origin,        // a page of another site
  unauthorized,  // a token that does not count
  expired,       // one whose time has come
  protocol,      // a version or parameter that its dialect refuses
  transport,     // any request, by TransportPolicy
};
inline constexpr std::array<std::string_view, 6> kConnectRefusals = {
    "malformed", "origin", "unauthorized", "expired", "protocol", "transport"};

/// Refusals of requests on open sockets, by the reason in the reply. Reasons that are not of the
/// Refusal enum count as "other", so that nothing a peer says makes a label.
class RefusalCounts {
 public:
  RefusalCounts();

  void count(std::string_view reason);

  struct Entry {
    std::string_view reason;
    std::uint64_t total = 0;
  };
  /// Every Refusal, seen or not, and "other" at the end.
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// Requests about versions that were answered, by what came of them.
class VersionRequestCounts {
 public:
  static constexpr std::array<std::string_view, 6> kOutcomes = {"done",      "malformed", "denied",
                                                                "not_found", "refused",   "failed"};

  /// By the status of the answer.
  void count(int status) {
    std::size_t outcome = 1;
    if (status < 300) {
      outcome = 0;
    } else if (status == 401 || status == 403) {
      outcome = 2;
    } else if (status == 404) {
      outcome = 3;
    } else if (status == 409 || status == 413 || status == 422) {
      outcome = 4;
    } else if (status >= 500) {
      outcome = 5;
    }
    ++totals_[outcome];
  }
  [[nodiscard]] std::uint64_t total(std::size_t outcome) const { return totals_[outcome]; }

 private:
  std::array<std::uint64_t, kOutcomes.size()> totals_{};
};

/// What happened at a shard's sessions, for metrics and tests.
struct ShardProbe {
  std::array<std::uint64_t, kConnectRefusals.size()> connects_refused{};
  RefusalCounts refusals;
  std::uint64_t joins = 0;
  std::uint64_t updates_received = 0;
  std::uint64_t joins_held = 0;   // that had to wait for their turn
  std::size_t joins_waiting = 0;  // at present
  VersionRequestCounts version_requests;

  void count(ConnectRefusal reason) { ++connects_refused[static_cast<std::size_t>(reason)]; }
};

}  // namespace righttask::server
