#include "store/document_store.h"

namespace righttask::store {

std::string_view to_string(StoreState state) noexcept {
  switch (state) {
    case StoreState::ok:
      return "ok";
    case StoreState::full:
      return "full";
    case StoreState::failing:
      return "failing";
  }
  return "failing";
}

}  // namespace righttask::store
