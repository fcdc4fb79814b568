/* ctl-who.c - posternctl who and why: what the configuration allows.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Nothing is judged here: we make up requests, from each kind of address and
 * at each kind of hour that the configuration distinguishes, and let policy.c
 * judge them as it does for decide.  */

#include "posternctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include "../../common/base/console-json.h"
#include "../../common/base/encode.h"
#include "../../common/base/log.h"
#include "../../common/base/meant.h"
#include "../../common/base/secret.h"
#include "../advise/advise.h"
#include "../decide/policy.h"

#define SECRET_POOL 32768       /* For the door keys that are looked at.  */
#define DAY 86400

struct look
{
  const struct ctl_options *opt;
  config_t config;
  request_t req;
  time_t now;                   /* Or --at.  */
  size_t n_addrs, n_times;
  struct net_addr *addr;        /* Where a request might come from, ...  */
  time_t *time;                 /* ... and when.  */
};


static gpg_error_t
add_judged_addr (struct look *look, const struct net_addr *addr)
{
  struct net_addr *more = reallocarray (look->addr, look->n_addrs + 1,
                                        sizeof *more);

  if (!more)
    return gpg_error_from_syserror ();
  look->addr = more;
  look->addr[look->n_addrs++] = *addr;
  return 0;
}


static gpg_error_t
add_judged_time (struct look *look, time_t when)
{
  time_t *more = reallocarray (look->time, look->n_times + 1, sizeof *more);

  if (!more)
    return gpg_error_from_syserror ();
  look->time = more;
  look->time[look->n_times++] = when;
  return 0;
}


/* Add an address in PREFIX to which a grant is possible.  */
static gpg_error_t
add_prefix (struct look *look, const struct net_prefix *prefix)
{
  struct net_addr addr = prefix->addr;
  size_t len = addr.family == AF_INET ? 4 : 16;

  if (!netspec_addr_grantable (&addr) && prefix->bits < 8 * len)
    {
      addr.bytes[len - 1] |= 1;
      if (prefix->bits < 8 && !addr.bytes[0])
        addr.bytes[0] = 1;
    }
  return add_judged_addr (look, &addr);
}


/* Add the time when HOURS begin, on the next day to which they apply.  */
static gpg_error_t
add_hours (struct look *look, const struct hours *hours)
{
  time_t when;
  struct tm tm;
  int day;

  for (day = 0; day < 8; day++)
    {
      when = look->now + day * (time_t)DAY;
      if (!localtime_r (&when, &tm))
        break;
      tm.tm_hour = (int)hours->first / 60;
      tm.tm_min = (int)hours->first % 60;
      tm.tm_sec = 0;
      tm.tm_isdst = -1;
      when = mktime (&tm);
      if (localtime_r (&when, &tm) && netspec_hours_contain (hours, &tm))
        return add_judged_time (look, when);
    }
  return 0;
}


static gpg_error_t
add_terms (struct look *look, const struct config_rule *terms, bool all_hours)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && !look->opt->from && i < terms->n_from; i++)
    err = add_prefix (look, terms->from + i);
  for (i = 0; !err && all_hours && !look->opt->at && i < terms->n_hours; i++)
    err = add_hours (look, terms->hours + i);
  return err;
}


/* Add an address that no rule names, and one of each prefix that a rule or a
   command names; the time of now, and with ALL_HOURS one of each span of
   hours.  */
static gpg_error_t
add_kinds (struct look *look, bool all_hours)
{
  config_t c = look->config;
  struct net_addr any;
  gpg_error_t err;
  size_t i;

  err = netspec_addr_parse (look->opt->from ? look->opt->from
                            : "198.51.100.1", &any);
  if (err)
    {
      log_error ("--from '%s' is not an address in its short form, such as"
                 " 203.0.113.7 or 2001:db8::1", look->opt->from);
      return gpg_error (GPG_ERR_INV_ARG);
    }
  err = add_judged_addr (look, &any);
  if (!err)
    err = add_judged_time (look, look->now);
  for (i = 0; !err && i < c->n_rules; i++)
    err = add_terms (look, c->rule + i, all_hours);
  for (i = 0; !err && i < c->n_commands; i++)
    err = add_terms (look, &c->command[i].terms, all_hours);
  return err;
}


/* Take "tcp/22" or "command NAME", from word number I on.  */
static gpg_error_t
take_what (struct look *look, int i)
{
  const struct ctl_options *opt = look->opt;
  const char *word = opt->argv[i];
  request_t req = look->req;
  char meant[MEANT_PORTSLEN];

  req->n_targets = 1;
  if (!strcmp (word, "command") && opt->argc == i + 2
      && netspec_name_valid (opt->argv[i + 1], strlen (opt->argv[i + 1])))
    {
      req->action = REQUEST_RUN;
      snprintf (req->command, sizeof req->command, "%s", opt->argv[i + 1]);
      if (config_command_by_name (look->config, req->command))
        return 0;
      log_error ("there is no command '%s'", req->command);
      return gpg_error (GPG_ERR_NOT_FOUND);
    }
  req->action = REQUEST_OPEN;
  if (opt->argc == i + 1 && !netspec_ports_parse (word, &req->ports))
    return 0;
  if (opt->argc == i + 1 && meant_ports (word, meant))
    log_error ("'%s' is not like tcp/22; did you mean '%s'?", word, meant);
  else
    log_error ("'%s' is neither ports, such as tcp/22, nor 'command NAME'",
               opt->argv[opt->argc - 1]);
  return gpg_error (GPG_ERR_INV_ARG);
}


/* Judge what USER would ask from ADDR at WHEN: with and without a signed
   address, with and without a password.  The first that passes counts; what it
   needed is printed with the rule's terms.  */
static void
judge_at (struct look *look, config_t config, const struct config_user *user,
          const struct net_addr *addr, time_t when,
          struct policy_verdict *verdict)
{
  struct packet_origin origin = { .src = *addr };
  struct policy_case pcase = { look->req, &origin, user->fpr, false, when };
  struct policy_verdict other;
  int i;

  snprintf (origin.door, sizeof origin.door, "%s", user->door ? user->door
            : "");
  /* Bit 0 of I signs the address, bit 1 gives a password.  Of the refusals the
     first counts, unless a signed address gets further.  */
  for (i = 0; i < 4; i++)
    {
      memset (&look->req->source, 0, sizeof look->req->source);
      if (i & 1 && look->req->action == REQUEST_OPEN)
        look->req->source = *addr;
      pcase.attachment = i & 2;
      policy_judge (config, &pcase, &other);
      if (!i || !other.refusal
          || (verdict->refusal == REFUSAL_OBSERVED
              && other.refusal > verdict->refusal
              && other.refusal != REFUSAL_ATTACHMENT))
        *verdict = other;
      if (!verdict->refusal)
        return;
    }
}


/* The verdict at one of the places and times where USER may; if there is none,
   the refusal that comes last in policy.c's order, which is the nearest.  */
static void
judge_anywhere (struct look *look, config_t config,
                const struct config_user *user, struct policy_verdict *verdict)
{
  struct policy_verdict one;
  size_t i, k;

  memset (verdict, 0, sizeof *verdict);
  for (k = 0; k < look->n_times; k++)
    for (i = 0; i < look->n_addrs; i++)
      {
        judge_at (look, config, user, look->addr + i, look->time[k], &one);
        if (!one.refusal || (!i && !k) || one.refusal > verdict->refusal)
          *verdict = one;
        if (!one.refusal)
          return;
      }
}


static void
compare_hash (config_t config, json_t *status)
{
  const char *theirs = json_string_value (json_object_get (status, "config"));
  char hash[2 * CONFIG_HASHLEN + 1];

  encode_hex (config->hash, CONFIG_HASHLEN, hash);
  if (theirs && strncmp (theirs, hash, 2 * CONFIG_HASHLEN))
    log_warn ("the running posternd uses another configuration than %s has"
              " now; 'posternctl reload' makes it read that",
              config->dir);
}


static void
warn_of_other (struct look *look)
{
  console_t console;
  json_t *status;

  if (ctl_connect (look->opt, true, &console))
    return;
  if (!console_ask_json (console, "STATUS", &status))
    compare_hash (look->config, status);
  json_decref (status);
  console_close (console);
}


static gpg_error_t
load_judged_config (struct look *look)
{
  char *message = NULL;
  gpg_error_t err = secret_init (SECRET_POOL);

  if (!err)
    err = config_load (look->opt->dir, &look->config, &message);
  if (err && geteuid () && gpg_err_code (err) == GPG_ERR_EACCES)
    log_error ("only root can do this (%s)", message ? message : "");
  else if (err)
    log_error ("%s", message ? message : gpg_strerror (err));
  free (message);
  return gpg_err_code (err) == GPG_ERR_INV_VALUE
    ? gpg_error (GPG_ERR_CONFIGURATION) : err;
}


/* TEXT, such as "03:00", on the day of NOW, or on the next day if that minute
   is over.  */
static gpg_error_t
parse_clock (const char *text, time_t now, time_t *r_when)
{
  struct tm tm, clock;
  const char *end;

  memset (&clock, 0, sizeof clock);
  end = strptime (text, "%H:%M", &clock);
  if (strlen (text) != 5 || !end || *end || !localtime_r (&now, &tm))
    return gpg_error (GPG_ERR_INV_TIME);
  if (60 * clock.tm_hour + clock.tm_min < 60 * tm.tm_hour + tm.tm_min)
    tm.tm_mday++;
  tm.tm_hour = clock.tm_hour;
  tm.tm_min = clock.tm_min;
  tm.tm_sec = 0;
  tm.tm_isdst = -1;
  *r_when = mktime (&tm);
  return 0;
}


/* Settle the time at which the requests are judged.  */
static gpg_error_t
settle_time (struct look *look)
{
  const char *at = look->opt->at;
  time_t now = time (NULL);
  long long when;

  look->now = now;
  if (!at || !parse_clock (at, now, &look->now))
    return 0;
  if (ctl_parse_time (at, &when))
    {
      log_error ("--at '%s' is not a time; write 07:30, '2026-01-31 07:30',"
                 " 2026-01-31 or 10m", at);
      return gpg_error (GPG_ERR_INV_ARG);
    }
  look->now = (time_t)when;
  return 0;
}


static gpg_error_t
look_open (struct look *look, const struct ctl_options *opt, int what)
{
  gpg_error_t err;

  memset (look, 0, sizeof *look);
  look->opt = opt;
  err = settle_time (look);
  if (err)
    return err;
  err = load_judged_config (look);
  if (!err)
    err = request_new (&look->req);
  if (!err)
    err = take_what (look, what);
  if (!err)
    err = add_kinds (look, !what && !opt->at);
  if (!err)
    warn_of_other (look);
  return err;
}


static void
look_close (struct look *look)
{
  free (look->addr);
  free (look->time);
  request_release (look->req);
  config_release (look->config);
}


/* Print what TERMS require besides, and until when they apply to USER.  */
static void
print_terms (const struct look *look, const struct config_user *user,
             const struct config_rule *terms)
{
  uint64_t ends = config_rule_user_ends (terms, user, look->now);
  time_t when;
  char text[32];
  struct tm tm;

  advise_describe_terms (terms, stdout);
  if (user->expires && (!ends || user->expires < ends))
    ends = user->expires;
  when = (time_t)ends;
  if (ends && localtime_r (&when, &tm)
      && strftime (text, sizeof text, "%Y-%m-%d %H:%M", &tm))
    printf ("; until %s", text);
}


static json_t *
text_array (const struct config_rule *terms, bool hours)
{
  json_t *array = json_array ();
  char prefix[NETSPEC_PREFIXSTRLEN], text[NETSPEC_HOURSSTRLEN];
  size_t i;

  for (i = 0; !hours && i < terms->n_from; i++)
    json_array_append_new (array, json_string
                           (netspec_prefix_print (terms->from + i, prefix)));
  for (i = 0; hours && i < terms->n_hours; i++)
    json_array_append_new (array, json_string
                           (netspec_hours_print (terms->hours + i, text)));
  return array;
}


static json_t *
terms_to_json (const struct look *look, const struct config_user *user,
               const struct config_rule *terms)
{
  bool run = look->req->action == REQUEST_RUN;
  uint64_t ends = config_rule_user_ends (terms, user, look->now);

  if (user->expires && (!ends || user->expires < ends))
    ends = user->expires;
  return json_pack ("{ss ss* ss* so so sb ss? si so}", "user", user->name,
                    "rule", run ? NULL : terms->name,
                    "command", run ? terms->name : NULL,
                    "from", text_array (terms, false),
                    "hours", text_array (terms, true),
                    "signed-address", !terms->observed,
                    "require", terms->require.kind
                    ? config_require_name (terms->require.kind) : NULL,
                    "approvals", (int)terms->approval.n,
                    "until", ends ? json_integer ((json_int_t)ends)
                    : json_null ());
}


/* Find each rule by which USER may, at any of the places and times; returns how
   many.  */
static size_t
find_rules (struct look *look, const struct config_user *user,
            const struct config_rule **found)
{
  struct policy_verdict verdict;
  size_t i, k, m, n = 0;

  for (k = 0; k < look->n_times; k++)
    for (i = 0; i < look->n_addrs; i++)
      {
        judge_at (look, look->config, user, look->addr + i, look->time[k],
                  &verdict);
        for (m = 0; m < n && found[m] != verdict.rule; m++)
          ;
        if (!verdict.refusal && m == n)
          found[n++] = verdict.rule;
      }
  return n;
}


static void
print_who (struct look *look, const struct config_user *user,
           const struct config_rule *terms)
{
  printf ("%-16s %s %s", user->name,
          look->req->action == REQUEST_RUN ? "command" : "rule",
          terms->name);
  print_terms (look, user, terms);
  putchar ('\n');
}


static void
print_array (json_t *array)
{
  json_dumpf (array, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
  putchar ('\n');
  json_decref (array);
}


/* Print who may; *R_N is how many lines that took.  */
static gpg_error_t
print_everybody (struct look *look, size_t *r_n)
{
  config_t c = look->config;
  const struct config_rule **found = calloc (c->n_rules + c->n_commands + 1,
                                             sizeof *found);
  json_t *array = json_array ();
  gpg_error_t err = found ? 0 : gpg_error_from_syserror ();
  size_t i, k, n;

  *r_n = 0;
  for (i = 0; !err && i < c->n_users; i++)
    {
      n = find_rules (look, c->user + i, found);
      for (k = 0; k < n; k++, ++*r_n)
        if (look->opt->json)
          json_array_append_new (array, terms_to_json (look, c->user + i,
                                                       found[k]));
        else
          print_who (look, c->user + i, found[k]);
    }
  free (found);
  if (look->opt->json && !err)
    print_array (array);
  else
    json_decref (array);
  return err;
}


int
ctl_who (const struct ctl_options *opt)
{
  struct look look;
  size_t n = 0;
  gpg_error_t err = look_open (&look, opt, 0);

  if (!err)
    err = print_everybody (&look, &n);
  if (!err && !n && !opt->json)
    puts ("Nobody may.");
  look_close (&look);
  return err ? log_exit_code (err) : n ? EX_OK : EX_DATAERR;
}


/* Why one rule does not apply to somebody.  */
static const char *
short_reason (enum refusal refusal)
{
  switch (refusal)
    {
    case REFUSAL_NO_RULE: return "is not for them";
    case REFUSAL_PORTS: return "does not open all of these ports";
    case REFUSAL_FROM: return "not from this address";
    case REFUSAL_HOURS: return "not at this hour";
    case REFUSAL_OBSERVED: return "only for an address that was signed";
    case REFUSAL_CREDENTIAL_ASKED: return "only with a password";
    default: return refusal_text (refusal);
    }
}


/* Judge by a copy of the configuration that has only the rule number I.  */
static enum refusal
judge_rule (struct look *look, const struct config_user *user, size_t i)
{
  struct config_s one = *look->config;
  struct policy_verdict verdict;

  one.rule = look->config->rule + i;
  one.n_rules = 1;
  judge_anywhere (look, &one, user, &verdict);
  return verdict.refusal;
}


static void
print_why (struct look *look, const struct config_user *user,
           const struct policy_verdict *verdict)
{
  bool run = look->req->action == REQUEST_RUN;
  char usual[32], most[32];
  size_t i;

  if (!verdict->refusal)
    {
      printf ("%s may, by %s %s", user->name, run ? "command" : "rule",
              verdict->rule->name);
      if (!run)
        printf ("; for %s, at most %s",
                netspec_duration_print (verdict->rule->default_time, usual),
                netspec_duration_print (verdict->rule->max_time, most));
      print_terms (look, user, verdict->rule);
      putchar ('\n');
      return;
    }
  printf ("%s may not: %s%s%s\n", user->name,
          refusal_text (verdict->refusal), *verdict->detail ? "; " : "",
          verdict->detail);
  for (i = 0; !run && verdict->refusal >= REFUSAL_NO_RULE
              && i < look->config->n_rules; i++)
    printf ("  rule %s: %s\n", look->config->rule[i].name,
            short_reason (judge_rule (look, user, i)));
}


static void
print_why_json (struct look *look, const struct config_user *user,
                const struct policy_verdict *verdict)
{
  json_t *object = verdict->refusal
    ? json_pack ("{ss sb ss}", "user", user->name, "allowed", 0,
                 "reason", refusal_text (verdict->refusal))
    : terms_to_json (look, user, verdict->rule);
  json_t *rules = json_array ();
  size_t i;

  if (!verdict->refusal)
    json_object_set_new (object, "allowed", json_true ());
  for (i = 0; verdict->refusal >= REFUSAL_NO_RULE
              && look->req->action == REQUEST_OPEN
              && i < look->config->n_rules; i++)
    json_array_append_new (rules, json_pack
                           ("{ss ss}", "rule", look->config->rule[i].name,
                            "reason", short_reason (judge_rule (look, user,
                                                                i))));
  if (verdict->refusal)
    json_object_set (object, "rules", rules);
  json_decref (rules);
  print_array (object);
}


int
ctl_why (const struct ctl_options *opt)
{
  const struct config_user *user;
  struct policy_verdict verdict;
  struct look look;
  gpg_error_t err = look_open (&look, opt, 1);

  memset (&verdict, 0, sizeof verdict);
  user = err ? NULL : config_user_by_name (look.config, opt->argv[0]);
  if (!err && !user)
    {
      log_error ("nobody of the name '%s' is enrolled; see 'postern-keys"
                 " list'", opt->argv[0]);
      err = gpg_error (GPG_ERR_UNKNOWN_NAME);
    }
  if (!err)
    judge_anywhere (&look, look.config, user, &verdict);
  if (!err && opt->json)
    print_why_json (&look, user, &verdict);
  else if (!err)
    print_why (&look, user, &verdict);
  look_close (&look);
  return err ? log_exit_code (err) : verdict.refusal ? EX_DATAERR : EX_OK;
}
