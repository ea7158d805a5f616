#include "ydoc/view/js_string.h"

#include <algorithm>

namespace ydoc {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

/// A byte's rank in the order of UTF-16: the characters beyond U+FFFF, which UTF-8 puts last,
/// are written with surrogates there and so come before U+E000.
int rank(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  if (value >= 0xf0) return 0xee * 2 - 1;
  return value * 2;
}

}  // namespace

void append_js_string(std::string& out, const Any& any) {
  std::visit(Overloaded{
                 [&](const Undefined&) { out += "undefined"; },
                 [&](const Null&) { out += "null"; },
                 [&](bool value) { out += value ? "true" : "false"; },
                 [&](double value) { append_number(out, value); },
                 [&](const BigInt& value) { out += std::to_string(value.value); },
                 [&](const std::string& value) { out += value; },
                 [&](const righttask::Bytes& value) {
                   for (std::size_t i = 0; i < value.size(); ++i) {
                     if (i != 0) out.push_back(',');
                     out += std::to_string(value[i]);
                   }
                 },
                 [&](const Any::Array& value) {
                   for (std::size_t i = 0; i < value.size(); ++i) {
                     if (i != 0) out.push_back(',');
                     if (value[i].as<Null>() || value[i].as<Undefined>()) continue;
                     append_js_string(out, value[i]);
                   }
                 },
                 [&](const Any::Object&) { out += "[object Object]"; },
             },
             any.value);
}

bool js_less(std::string_view a, std::string_view b) {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    // Leads of four-byte characters are compared among themselves as they are.
    const bool both_four =
        static_cast<unsigned char>(x) >= 0xf0 && static_cast<unsigned char>(y) >= 0xf0;
    if (both_four) return static_cast<unsigned char>(x) < static_cast<unsigned char>(y);
    return rank(x) < rank(y);
  });
}

}  // namespace ydoc
