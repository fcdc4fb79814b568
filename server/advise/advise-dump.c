/* advise-dump.c - The configuration as read, in its own syntax.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "advise.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>


/* A value in single quotes, where backslash and quote are escaped.  */
static void
quoted (FILE *out, const char *text)
{
  putc ('\'', out);
  for (; *text; text++)
    {
      if (*text == '\'' || *text == '\\')
        putc ('\\', out);
      putc (*text, out);
    }
  putc ('\'', out);
}


static void
string (FILE *out, const char *indent, const char *name, const char *value)
{
  fprintf (out, "%s%s = ", indent, name);
  quoted (out, value);
  putc ('\n', out);
}


static void
list (FILE *out, const char *indent, const char *name,
      const struct strlist *items)
{
  size_t i;

  if (!items->n)
    return;
  fprintf (out, "%s%s = {", indent, name);
  for (i = 0; i < items->n; i++)
    {
      if (i)
        fputs (", ", out);
      quoted (out, items->item[i]);
    }
  fputs ("}\n", out);
}


static void
ranges (FILE *out, const char *indent, const char *name,
        const struct port_range *range, size_t n)
{
  size_t i;

  if (!n)
    return;
  fprintf (out, "%s%s = {", indent, name);
  for (i = 0; i < n; i++)
    {
      fprintf (out, "%s'%s/%u", i ? ", " : "",
               range[i].proto == IPPROTO_TCP ? "tcp" : "udp",
               range[i].first);
      if (range[i].last != range[i].first)
        fprintf (out, "-%u", range[i].last);
      putc ('\'', out);
    }
  fputs ("}\n", out);
}


static void
prefixes (FILE *out, const struct config_rule *rule)
{
  char text[NETSPEC_PREFIXSTRLEN];
  size_t i;

  for (i = 0; i < rule->n_from; i++)
    fprintf (out, "%s'%s'", i ? ", " : "  from = {",
             netspec_prefix_print (&rule->from[i], text));
  if (rule->n_from)
    fputs ("}\n", out);
}


/* The same where there may be none.  */
static void
maybe (FILE *out, const char *indent, const char *name, const char *value)
{
  if (value)
    string (out, indent, name, value);
}


static void
dump_ldap (const struct config_ldap *ldap, FILE *out)
{
  fprintf (out, "ldap %s {\n", ldap->name);
  list (out, "  ", "uri", &ldap->uris);
  if (ldap->starttls)
    fputs ("  starttls = true\n", out);
  string (out, "  ", "ca-file", ldap->ca_file);
  maybe (out, "  ", "bind-dn", ldap->bind_dn);
  maybe (out, "  ", "base", ldap->base);
  maybe (out, "  ", "filter", ldap->filter);
  maybe (out, "  ", "service-dn", ldap->service_dn);
  maybe (out, "  ", "password-file", ldap->password_file);
  maybe (out, "  ", "member-of", ldap->member_of);
  fprintf (out, "  timeout = '%us'\n}\n", ldap->timeout);
}


static void
dump_trusted (const struct config_trusted *trusted, FILE *out)
{
  char text[NETSPEC_PREFIXSTRLEN];
  const char *comma = "trusted = {";
  size_t i;

  for (i = 0; i < trusted->n_prefixes; i++, comma = ", ")
    fprintf (out, "%s'%s'", comma,
             netspec_prefix_print (trusted->prefix + i, text));
  for (i = 0; i < trusted->interfaces.n; i++, comma = ", ")
    {
      fputs (comma, out);
      quoted (out, trusted->interfaces.item[i]);
    }
  fputs (*comma == ',' ? "}\n" : "", out);
}


static void
dump_limits (config_t c, FILE *out)
{
  unsigned int seconds = c->rate.seconds;

  fprintf (out, "audit-keep = '%us'\n", c->audit_keep);
  if (c->audit_max)
    fprintf (out, "audit-max = %" PRIu64 "\n", c->audit_max);
  else
    fputs ("audit-max = 'none'\n", out);
  if (c->rate.burst)
    fprintf (out, "rate = '%u, %u/%c'\n", c->rate.burst, c->rate.n,
             seconds == 1 ? 's' : seconds == 60 ? 'm' : 'h');
  else
    fputs ("rate = 'none'\n", out);
}


static void
dump_posternd (config_t c, FILE *out)
{
  static const char *const log_audit[] = { "none", "journal", "syslog" };
  size_t i;

  fprintf (out, "# %s/posternd.conf\n", c->dir);
  string (out, "", "host", c->host);
  string (out, "", "server", c->server_fpr);
  list (out, "", "addresses", &c->addresses);
  list (out, "", "interfaces", &c->interfaces);
  fprintf (out, "port = %u\n", c->port);
  ranges (out, "", "protect", c->protect, c->n_protect);
  dump_trusted (&c->trusted, out);
  fprintf (out, "claims-keep = %u\nmax-age = '%us'\nmax-ahead = '%us'\n",
           c->claims_keep, c->max_age, c->max_ahead);
  fprintf (out, "replies = %s\nworkers = %u\nopen-door = %s\n",
           c->replies ? "true" : "false", c->workers,
           c->open_door ? "true" : "false");
  string (out, "", "on-fail",
          c->on_fail == CONFIG_FAIL_SHUT ? "shut" : "open");
  string (out, "", "on-stop",
          c->on_stop == CONFIG_STOP_KEEP ? "keep" : "open");
  dump_limits (c, out);
  string (out, "", "log-audit", log_audit[c->log_audit]);
  string (out, "", "state", c->state);
  string (out, "", "runtime", c->runtime);
  for (i = 0; i < c->n_doors; i++)
    fprintf (out, "door %s { ends = %" PRIu64 " }\n", c->door[i].name,
             c->door[i].ends);
  for (i = 0; i < c->n_ldaps; i++)
    dump_ldap (&c->ldap[i], out);
}


static void
dump_user (const struct config_user *user, FILE *out)
{
  size_t i;

  fprintf (out, "user %s {\n", user->name);
  string (out, "  ", "key", user->fpr);
  list (out, "  ", "groups", &user->groups);
  for (i = 0; i < user->n_until; i++)
    fprintf (out, "%s'%s=%" PRIu64 "'", i ? ", " : "  groups-until = {",
             user->until[i].group, user->until[i].ends);
  fputs (user->n_until ? "}\n" : "", out);
  list (out, "  ", "logins", &user->logins);
  if (user->door)
    string (out, "  ", "door", user->door);
  if (user->expires)
    fprintf (out, "  expires = %" PRIu64 "\n", user->expires);
  fputs ("}\n", out);
}


static void
dump_approval (const struct config_approval *approval, FILE *out)
{
  size_t i, j;

  if (!approval->n)
    return;
  fprintf (out, "  approvals = %u\n  approvers = {", approval->n);
  for (i = 0; i < approval->n_lists; i++)
    for (j = 0; j < approval->list[i].n; j++)
      fprintf (out, "%s%s'%s'", i && !j ? ", 'and'" : "", i || j ? ", " : "",
               approval->list[i].item[j]);
  fprintf (out, "}\n  approval-time = '%us'\n  approvers-require = %s\n"
           "  emergency = %s\n", approval->time,
           approval->require ? "true" : "false",
           approval->emergency ? "true" : "false");
}


/* What rules and commands have.  */
static void
dump_terms (const struct config_rule *rule, FILE *out)
{
  char text[NETSPEC_HOURSSTRLEN];
  size_t i;

  list (out, "  ", "groups", &rule->groups);
  list (out, "  ", "users", &rule->users);
  prefixes (out, rule);
  for (i = 0; i < rule->n_hours; i++)
    fprintf (out, "%s%s'", i ? ", '" : "  hours = {'",
             netspec_hours_print (&rule->hours[i], text));
  if (rule->n_hours)
    fputs ("}\n", out);
  if (rule->require.kind)
    fprintf (out, "  require = '%s%s%s'\n",
             config_require_name (rule->require.kind),
             rule->require.ldap ? ":" : "",
             rule->require.ldap ? rule->require.ldap : "");
  dump_approval (&rule->approval, out);
}


static void
dump_rule (const struct config_rule *rule, FILE *out)
{
  fprintf (out, "rule %s {\n", rule->name);
  dump_terms (rule, out);
  ranges (out, "  ", "ports", rule->ports.range, rule->ports.n);
  fprintf (out, "  max-time = '%us'\n  default-time = '%us'\n",
           rule->max_time, rule->default_time);
  maybe (out, "  ", "open-command", rule->open_command);
  maybe (out, "  ", "close-command", rule->close_command);
  fprintf (out, "  observed = %s\n}\n", rule->observed ? "true" : "false");
}


static void
dump_program (const struct config_program *program, FILE *out)
{
  list (out, "  ", "argv", &program->argv);
  string (out, "  ", "run-as", program->run_as);
  list (out, "  ", "run-groups", &program->run_groups);
  if (strcmp (program->dir, "/"))
    string (out, "  ", "dir", program->dir);
  fprintf (out, "  umask = '0%o'\n  timeout = '%us'\n  max-output = %zu\n",
           program->umask, program->timeout, program->max_output);
  list (out, "  ", "env", &program->env);
  if (program->max_cpu)
    fprintf (out, "  max-cpu = '%us'\n", program->max_cpu);
  if (program->max_memory)
    fprintf (out, "  max-memory = %" PRIu64 "\n", program->max_memory);
  if (program->max_processes)
    fprintf (out, "  max-processes = %u\n", program->max_processes);
}


static void
dump_arg (const struct config_arg *arg, FILE *out)
{
  fprintf (out, "  arg %s {\n", arg->name);
  switch (arg->kind)
    {
    case CONFIG_ARG_MATCH:
      string (out, "    ", "match", arg->pattern);
      break;
    case CONFIG_ARG_ENUM:
      list (out, "    ", "enum", &arg->values);
      break;
    case CONFIG_ARG_RANGE:
      fprintf (out, "    range = '%" PRId64 "-%" PRId64 "'\n", arg->least,
               arg->most);
      break;
    case CONFIG_ARG_FILE:
      string (out, "    ", "file", arg->folder);
      break;
    default:
      fputs ("    address = true\n", out);
    }
  fprintf (out, "    dash = %s\n", arg->dash ? "true" : "false");
  if (arg->preset)
    string (out, "    ", "default", arg->preset);
  fputs ("  }\n", out);
}


static void
dump_command (const struct config_command *command, FILE *out)
{
  size_t i;

  fprintf (out, "command %s {\n", command->terms.name);
  dump_terms (&command->terms, out);
  dump_program (&command->program, out);
  for (i = 0; i < command->n_args; i++)
    dump_arg (&command->arg[i], out);
  fprintf (out, "  stdin = '%s'\n  max-parallel = %u\n",
           command->stdin_args ? "args" : "none", command->max_parallel);
  if (command->cooldown)
    fprintf (out, "  cooldown = '%us'\n", command->cooldown);
  if (command->free_form)
    {
      fputs ("  free-form = true\n", out);
      string (out, "  ", "shell", command->shell);
    }
  fputs ("}\n", out);
}


static void
dump_hooks (config_t config, FILE *out)
{
  static const char *const name[CONFIG_N_EVENTS] =
    { "on-open", "on-close", "on-refused", "on-pending", "notify" };
  size_t i;

  for (i = 0; i < CONFIG_N_EVENTS; i++)
    if (config->on_event[i])
      string (out, "", name[i], config->on_event[i]);
  for (i = 0; i < config->n_hooks; i++)
    {
      fprintf (out, "hook %s {\n", config->hook[i].name);
      dump_program (&config->hook[i].program, out);
      fprintf (out, "  pause = '%us'\n}\n", config->hook[i].pause);
    }
}


gpg_error_t
advise_dump (config_t config, FILE *out)
{
  size_t i;

  dump_posternd (config, out);
  fprintf (out, "\n# %s/access.conf\n", config->dir);
  for (i = 0; i < config->n_users; i++)
    dump_user (&config->user[i], out);
  for (i = 0; i < config->n_rules; i++)
    dump_rule (&config->rule[i], out);
  for (i = 0; i < config->n_commands; i++)
    dump_command (&config->command[i], out);
  dump_hooks (config, out);
  if (fflush (out) || ferror (out))
    return gpg_error_from_errno (errno ? errno : EIO);
  return 0;
}
