#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plant.h"
#include "ydoc/codec/merge.h"
#include "ydoc/doc.h"

namespace righttask::sim {

/// What the members of one room were told is kept.
class Ledger {
 public:
  void acknowledge(const Bytes& update) { updates_.push_back(update); }
  /// A position in what was acknowledged, for a later `check`.
  [[nodiscard]] std::size_t size() const { return base_ + updates_.size(); }

  /// Violation unless the document holds the first `count` of what was acknowledged.
  void check(ydoc::Doc& doc, std::size_t count, const std::string& where) const {
    check_one(doc, kept_, where);
    for (std::size_t i = 0; i < updates_.size() && base_ + i < count; ++i) {
      check_one(doc, updates_[i], where);
    }
  }

  /// Violation unless a document in this state holds the structs of the first `count`.
  void check(const ydoc::StateVector& state, std::size_t count, const std::string& where) const {
    check_one(state, kept_, where);
    for (std::size_t i = 0; i < updates_.size() && base_ + i < count; ++i) {
      check_one(state, updates_[i], where);
    }
  }

  /// This state was seen to be durable: it stands for all that was acknowledged.
  void replace(Bytes state) {
    base_ += updates_.size();
    updates_.clear();
    kept_ = std::move(state);
  }

 private:
  // An update brings nothing new to a document that holds it.
  static void check_one(ydoc::Doc& doc, const Bytes& update, const std::string& where) {
    if (update.empty()) return;
    const auto result = doc.apply_update_v1(update);
    if (!result || result->changed) throw Violation(where + ": an acknowledged update is lost");
  }

  static void check_one(const ydoc::StateVector& state, const Bytes& update,
                        const std::string& where) {
    if (update.empty()) return;
    const auto meta = ydoc::parse_update_meta_v1(update);
    if (!meta) throw Violation(where + ": an acknowledged update cannot be read");
    for (const auto& [client, clock] : meta->to.entries()) {
      if (state.of(client) < clock) throw Violation(where + ": an acknowledged update is lost");
    }
  }

  Bytes kept_;
  std::size_t base_ = 0;  // how many went into kept_
  std::vector<Bytes> updates_;
};

}  // namespace righttask::sim
