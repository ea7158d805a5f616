#pragma once

#include <string>
#include <vector>

#include "ydoc/types/shared.h"

// The edits that all engines replay, as workloads.py writes them.

namespace bench {

struct Edit {
  enum class Kind : std::uint8_t {
    text_insert,
    text_delete,
    numbers,
    map_number,
    map_object,
    map_string,
    array_string,
  };
  Kind kind;
  std::uint32_t index;
  std::uint32_t count;
  std::string text;
  std::vector<ydoc::NewValue> values;  // what goes into the array or the map
};

[[nodiscard]] std::vector<Edit> read_edits(const std::string& path);

/// The three roots that edits go to, as a program would keep them.
class Editing {
 public:
  explicit Editing(ydoc::Doc& doc)
      : text_(doc.text("text")), array_(doc.array("array")), map_(doc.map("map")) {}

  void operator()(const Edit& edit);

 private:
  ydoc::Text text_;
  ydoc::Array array_;
  ydoc::Map map_;
};

}  // namespace bench
