#include "http/routing/route_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace musterd {

/// One segment of the known paths. Each level has few literals, so a short scan beats hashing.
struct route_table::node {
  std::vector<std::pair<std::string, std::unique_ptr<node>>> literals;
  std::unique_ptr<node> parameter;
  std::array<const route*, verb_count> by_verb{};
  std::string allow;

  node& literal(std::string_view text) {
    for (auto& [name, child] : literals)
      if (name == text)
        return *child;
    return *literals.emplace_back(text, std::make_unique<node>()).second;
  }
};

namespace {

std::size_t position_of(verb v) {
  return static_cast<std::size_t>(v);
}

std::vector<std::string_view> template_segments(std::string_view path) {
  std::vector<std::string_view> result;
  if (!path.starts_with('/') || (path.size() > 1 && path.back() == '/'))
    throw std::logic_error{fmt::format("route {} must begin with a slash and not end with one", path)};
  for (auto rest = path.substr(1);;) {
    auto end = std::min(rest.find('/'), rest.size());
    result.push_back(rest.substr(0, end));
    if (end == rest.size())
      return result;
    rest.remove_prefix(end + 1);
  }
}

template <std::size_t N>
std::string allow_text(const std::array<const route*, N>& by_verb) {
  std::string result = "OPTIONS";
  for (auto v : {verb::get, verb::head, verb::post, verb::put, verb::patch, verb::del})
    if (by_verb[position_of(v)] != nullptr || (v == verb::head && by_verb[position_of(verb::get)] != nullptr))
      result.append(", ").append(verb_name(v));
  return result;
}

}  // namespace

route_table::route_table() : root_{std::make_unique<node>()} {}
route_table::~route_table() = default;

route& route_table::get(std::string_view path, access_rule access, handler_fn handler, route_docs docs) {
  return add(verb::get, path, std::move(access), std::move(handler), std::move(docs));
}
route& route_table::post(std::string_view path, access_rule access, handler_fn handler, route_docs docs) {
  return add(verb::post, path, std::move(access), std::move(handler), std::move(docs));
}
route& route_table::put(std::string_view path, access_rule access, handler_fn handler, route_docs docs) {
  return add(verb::put, path, std::move(access), std::move(handler), std::move(docs));
}
route& route_table::patch(std::string_view path, access_rule access, handler_fn handler, route_docs docs) {
  return add(verb::patch, path, std::move(access), std::move(handler), std::move(docs));
}
route& route_table::del(std::string_view path, access_rule access, handler_fn handler, route_docs docs) {
  return add(verb::del, path, std::move(access), std::move(handler), std::move(docs));
}

route& route_table::add(verb method, std::string_view path, access_rule access, handler_fn handler,
                        route_docs docs) {
  auto segments = template_segments(path);
  if (segments.size() > request_target::max_segments)
    throw std::logic_error{fmt::format("route {} has too many segments", path)};
  std::vector<route::parameter> parameters;
  auto* at = root_.get();
  for (std::uint8_t i = 0; i < segments.size(); ++i) {
    auto text = segments[i];
    if (!text.starts_with('{')) {
      at = &at->literal(text);
      continue;
    }
    if (text.size() < 3 || text.back() != '}')
      throw std::logic_error{fmt::format("route {} has a bad parameter {}", path, text)};
    parameters.push_back({std::string{text.substr(1, text.size() - 2)}, i});
    if (!at->parameter)
      at->parameter = std::make_unique<node>();
    at = at->parameter.get();
  }
  std::erase_if(docs.query, [&](const query_docs& q) {
    return std::ranges::find(parameters, q.name, &route::parameter::name) != parameters.end();
  });
  if (at->by_verb[position_of(method)] != nullptr)
    throw std::logic_error{fmt::format("route {} {} is there already", verb_name(method), path)};
  auto& added =
      routes_.emplace_back(route{method, std::string{path}, std::move(access), std::move(handler),
                                 std::move(docs), routes_.size(), false, false, std::move(parameters)});
  at->by_verb[position_of(method)] = &added;
  at->allow = allow_text(at->by_verb);
  return added;
}

/// The most literal path wins; a dead end falls back to the parameter of the same level.
const route_table::node* route_table::walk(const node& from, const request_target& target,
                                           std::size_t depth) const {
  if (depth == target.segment_count())
    return from.allow.empty() ? nullptr : &from;
  auto segment = target.segment(depth);
  for (const auto& [name, child] : from.literals)
    if (name == segment) {
      if (const auto* found = walk(*child, target, depth + 1))
        return found;
      break;
    }
  if (from.parameter && !segment.empty())
    return walk(*from.parameter, target, depth + 1);
  return nullptr;
}

route_table::match route_table::find(verb method, const request_target& target) const {
  const auto* at = walk(*root_, target, 0);
  if (at == nullptr)
    return {};
  const auto* found = at->by_verb[position_of(method)];
  if (found == nullptr && method == verb::head)
    found = at->by_verb[position_of(verb::get)];
  return {found, at->allow};
}

}  // namespace musterd
