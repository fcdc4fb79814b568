/* ctl-who.c - posternctl who and why: print what the configuration allows.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "ctl-look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include "../../common/base/log.h"
#include "../advise/advise.h"


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
        look_judge (look, look->config, user, look->addr + i, look->time[k],
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
  look_judge_anywhere (look, &one, user, &verdict);
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
    look_judge_anywhere (&look, look.config, user, &verdict);
  if (!err && opt->json)
    print_why_json (&look, user, &verdict);
  else if (!err)
    print_why (&look, user, &verdict);
  look_close (&look);
  return err ? log_exit_code (err) : verdict.refusal ? EX_DATAERR : EX_OK;
}
