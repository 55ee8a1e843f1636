#include "http/message/request.hpp"

#include "http/message/text.hpp"

namespace musterd {
namespace {

/// Appends `text` decoded. False for a broken escape or a control character: neither belongs in ids or SQL.
bool append_decoded(std::string& out, std::string_view text, bool plus_is_blank) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return false;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return false;
    out.push_back(c);
  }
  return true;
}

/// "http://host/path" to "/path": clients of a proxy send the former, and servers must accept it.
bool drop_origin(std::string_view& target) {
  if (target.starts_with('/'))
    return true;
  auto scheme = target.find("://");
  if (scheme == std::string_view::npos)
    return false;
  auto path = target.find('/', scheme + 3);
  target = path == std::string_view::npos ? std::string_view{"/"} : target.substr(path);
  return true;
}

}  // namespace

std::string_view verb_name(verb v) {
  switch (v) {
    case verb::get: return "GET";
    case verb::head: return "HEAD";
    case verb::post: return "POST";
    case verb::put: return "PUT";
    case verb::patch: return "PATCH";
    case verb::del: return "DELETE";
    case verb::options: return "OPTIONS";
    case verb::other: break;
  }
  return "OTHER";
}

bool request_target::parse(std::string_view target) {
  path_.clear();
  raw_query_.clear();
  query_.clear();
  count_ = 0;
  // A fragment never leaves the browser (RFC 9112, 3.2).
  if (!drop_origin(target) || target.size() > 0xffff || target.find('#') != std::string_view::npos)
    return false;
  auto mark = target.find('?');
  auto path = target.substr(0, mark);
  path_.reserve(path.size());
  for (std::size_t at = 0; at < path.size();) {
    auto end = std::min(path.find('/', at + 1), path.size());
    if (count_ == max_segments)
      return false;
    path_.push_back('/');
    auto begin = path_.size();
    if (!append_decoded(path_, path.substr(at + 1, end - at - 1), false))
      return false;
    spans_[count_++] = {static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(path_.size() - begin)};
    at = end;
  }
  if (!is_utf8(path_))
    return false;
  return mark == std::string_view::npos || parse_query(target.substr(mark + 1));
}

bool request_target::parse_query(std::string_view text) {
  raw_query_ = text;
  while (!text.empty()) {
    auto end = std::min(text.find('&'), text.size());
    auto pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty())
      continue;
    if (query_.size() == max_query_values)
      return false;
    auto equals = std::min(pair.find('='), pair.size());
    auto& added = query_.emplace_back();
    if (!append_decoded(added.name, pair.substr(0, equals), true) ||
        !append_decoded(added.value, pair.substr(std::min(equals + 1, pair.size())), true) ||
        !is_utf8(added.name) || !is_utf8(added.value))
      return false;
  }
  return true;
}

}  // namespace musterd
