#include "supervision/tree.hpp"

namespace musterd {
namespace {

std::string last_segment(const std::string& path) {
  auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

supervision_node* find_parent(supervision_node& root, const std::string& path) {
  auto* node = &root;
  // Skip the root's own name, then walk down to the segment before the last.
  for (auto from = path.find('/'); from != std::string::npos;) {
    auto to = path.find('/', from + 1);
    if (to == std::string::npos)
      return node;
    auto name = path.substr(from + 1, to - from - 1);
    supervision_node* next = nullptr;
    for (auto& child : node->children)
      if (child.name == name)
        next = &child;
    if (next == nullptr)
      return node;  // parent never declared: show the child one level up rather than not at all
    node = next;
    from = to;
  }
  return nullptr;
}

}  // namespace

void supervision_tree::declare(const std::string& path, std::string kind, std::optional<std::string> policy,
                               figures_fn figures, bool optional) {
  std::lock_guard lock{mutex_};
  auto& e = nodes_[path];
  e.node.name = last_segment(path);
  e.node.kind = std::move(kind);
  e.node.optional = optional;
  e.node.policy = std::move(policy);
  e.figures = std::move(figures);
}

void supervision_tree::set_state(const std::string& path, child_state state, timestamp now) {
  std::lock_guard lock{mutex_};
  auto& node = nodes_[path].node;
  if (node.state != state || node.since == timestamp{})
    node.since = now;
  node.state = state;
}

void supervision_tree::count_restart(const std::string& path, std::string fault, timestamp now) {
  std::lock_guard lock{mutex_};
  auto& node = nodes_[path].node;
  ++node.restarts;
  node.last_fault = std::move(fault);
  node.last_fault_at = now;
}

supervision_node supervision_tree::snapshot() const {
  std::lock_guard lock{mutex_};
  supervision_node root;
  // Paths sort parents before their children.
  for (const auto& [path, e] : nodes_) {
    auto node = e.node;
    if (e.figures)
      node.figures = e.figures();
    if (auto* parent = path.find('/') == std::string::npos ? nullptr : find_parent(root, path))
      parent->children.push_back(std::move(node));
    else
      root = std::move(node);
  }
  return root;
}

std::map<std::string, std::int64_t> supervision_tree::restarts() const {
  std::lock_guard lock{mutex_};
  std::map<std::string, std::int64_t> result;
  for (const auto& [path, e] : nodes_)
    result[path] = e.node.restarts;
  return result;
}

}  // namespace musterd
