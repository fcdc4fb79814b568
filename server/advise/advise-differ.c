/* advise-differ.c - How one configuration differs from another, in words.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The options are compared by their tables, each as it would be written.  In
 * addition it reports people who may now open or run something, or who no
 * longer may: a change of groups does not show that by itself.  */

#include "advise.h"

#include <stdlib.h>
#include <string.h>
#include "../config/config-parts.h"

struct fact
{
  char *section;                /* "rule ssh"; "" for none.  */
  char *option;                 /* In an arg "arg m: match".  */
  char *value;
};

struct facts
{
  size_t n;
  struct fact *fact;            /* Sorted.  */
};

struct differ
{
  FILE *out;
  size_t n;                     /* Of lines.  */
};


static int
compare_facts (const void *a, const void *b)
{
  const struct fact *one = a, *two = b;
  int order = strcmp (one->section, two->section);

  return order ? order : strcmp (one->option, two->option);
}


static gpg_error_t
add_fact (struct facts *facts, const char *section, const char *inner,
          const struct conf_option *option, const void *object)
{
  struct fact *fact;
  gpg_error_t err = array_grow (&facts->fact, facts->n, sizeof *fact);
  size_t len;
  FILE *fp;

  if (err)
    return err;
  fact = facts->fact + facts->n++;
  fact->section = strdup (section);
  if (asprintf (&fact->option, "%s%s", inner, option->name) < 0)
    fact->option = NULL;
  fp = open_memstream (&fact->value, &len);
  if (!fp)
    return gpg_error_from_syserror ();
  conf_print (option, object, fp);
  if (fclose (fp) || !fact->section || !fact->option)
    return gpg_error_from_syserror ();
  return 0;
}


/* The options of OBJECT, which is SECTION ("" for none); INNER is put before
   their names.  A section within a section is reported as options of the
   outer one.  */
static gpg_error_t
add_facts (struct facts *facts, const char *section, const char *inner,
           const struct conf_option *options,
           const struct conf_section *kind, const void *object)
{
  gpg_error_t err = 0;
  const void *one;
  char *name;
  size_t i;

  for (; options->name && !err; options++)
    if (conf_is_given (options, object))
      err = add_fact (facts, section, inner, options, object);
  for (; kind && kind->name; kind++)
    for (i = 0; i < conf_count (kind, object) && !err; i++)
      {
        one = conf_object (kind, object, i);
        if (asprintf (&name, "%s %s%s", kind->name, conf_title (kind, one),
                      *section ? ": " : "") < 0)
          return gpg_error_from_syserror ();
        err = add_facts (facts, *section ? section : name,
                         *section ? name : "", kind->options, kind->sections,
                         one);
        free (name);
      }
  return err;
}


static gpg_error_t
read_facts (config_t config, struct facts *facts)
{
  gpg_error_t err;

  memset (facts, 0, sizeof *facts);
  err = add_facts (facts, "", "", config_grammar_posternd.options,
                   config_grammar_posternd.sections, config);
  if (!err)
    err = add_facts (facts, "", "", config_grammar_access.options,
                     config_grammar_access.sections, config);
  if (!err && facts->n)
    qsort (facts->fact, facts->n, sizeof *facts->fact, compare_facts);
  return err;
}


static void
release_facts (struct facts *facts)
{
  size_t i;

  for (i = 0; i < facts->n; i++)
    {
      free (facts->fact[i].section);
      free (facts->fact[i].option);
      free (facts->fact[i].value);
    }
  free (facts->fact);
}


/* All of one section from *I on; *I moves after it.  */
static void
tell_new (struct differ *d, const struct facts *facts, size_t *i)
{
  const struct fact *first = facts->fact + *i;

  fprintf (d->out, "%s is new:", first->section);
  for (; *i < facts->n && !strcmp (facts->fact[*i].section, first->section);
       ++*i)
    fprintf (d->out, "%s %s = %s", facts->fact + *i == first ? "" : ";",
             facts->fact[*i].option, facts->fact[*i].value);
  putc ('\n', d->out);
  d->n++;
}


static void
tell_gone (struct differ *d, const struct facts *facts, size_t *i)
{
  const char *section = facts->fact[*i].section;

  fprintf (d->out, "%s is gone\n", section);
  while (*i < facts->n && !strcmp (facts->fact[*i].section, section))
    ++*i;
  d->n++;
}


static void
tell_value (struct differ *d, const struct fact *old, const struct fact *new)
{
  const struct fact *any = old ? old : new;

  fprintf (d->out, "%s%s%s", any->section, *any->section ? ": " : "",
           any->option);
  if (old && new)
    fprintf (d->out, " was %s, is %s\n", old->value, new->value);
  else if (old)
    fprintf (d->out, " was %s, is not set\n", old->value);
  else
    fprintf (d->out, " is %s, was not set\n", new->value);
  d->n++;
}


static bool
has_section (const struct facts *facts, const char *section)
{
  size_t low = 0, high = facts->n, mid;
  int order;

  while (low < high)
    {
      mid = (low + high) / 2;
      order = strcmp (facts->fact[mid].section, section);
      if (!order)
        return true;
      *(order < 0 ? &low : &high) = order < 0 ? mid + 1 : mid;
    }
  return !*section;
}


static void
compare_facts_of (struct differ *d, const struct facts *old,
                  const struct facts *new)
{
  const struct fact *one, *two;
  size_t i = 0, k = 0;
  int order;

  while (i < old->n || k < new->n)
    {
      one = i < old->n ? old->fact + i : NULL;
      two = k < new->n ? new->fact + k : NULL;
      order = !one ? 1 : !two ? -1 : compare_facts (one, two);
      if (order < 0 && !has_section (new, one->section))
        tell_gone (d, old, &i);
      else if (order > 0 && !has_section (old, two->section))
        tell_new (d, new, &k);
      else if (order)
        {
          tell_value (d, order < 0 ? one : NULL, order < 0 ? NULL : two);
          *(order < 0 ? &i : &k) += 1;
        }
      else
        {
          if (strcmp (one->value, two->value))
            tell_value (d, one, two);
          i++;
          k++;
        }
    }
}


/* The first rule that covers a request applies, and so their order matters. */
static void
compare_order (struct differ *d, config_t old, config_t new)
{
  size_t i = 0, k = 0;

  for (;;)
    {
      while (i < old->n_rules && !config_rule_by_name (new,
                                                       old->rule[i].name))
        i++;
      while (k < new->n_rules && !config_rule_by_name (old,
                                                       new->rule[k].name))
        k++;
      if (i == old->n_rules || k == new->n_rules)
        return;
      if (strcmp (old->rule[i++].name, new->rule[k++].name))
        break;
    }
  fputs ("the order of the rules is now:", d->out);
  for (i = 0; i < new->n_rules; i++)
    fprintf (d->out, "%s %s", i ? "," : "", new->rule[i].name);
  putc ('\n', d->out);
  d->n++;
}


static bool
may_use (const struct config_user *user, const struct config_rule *terms,
     time_t now)
{
  return user && terms && (!user->expires || user->expires > (uint64_t)now)
    && config_rule_has_user (terms, user, now);
}


/* What ONE may in CONFIG and TWO, who is the same person in OTHER, may not
   there; GAINED: it is new.  */
static void
tell_rights (struct differ *d, config_t config,
             const struct config_user *one, config_t other,
             const struct config_user *two, bool gained)
{
  const char *may = gained ? "may now" : "may no longer";
  const struct config_command *command;
  char ports[NETSPEC_PORTSTRLEN];
  time_t now = time (NULL);
  const char *name;
  size_t i;

  for (i = 0; i < config->n_rules; i++)
    {
      name = config->rule[i].name;
      if (!may_use (one, config->rule + i, now)
          || may_use (two, config_rule_by_name (other, name), now))
        continue;
      fprintf (d->out, "%s %s open %s (rule %s)\n", one->name, may,
               netspec_ports_print (&config->rule[i].ports, ports), name);
      d->n++;
    }
  for (i = 0; i < config->n_commands; i++)
    {
      name = config->command[i].terms.name;
      command = config_command_by_name (other, name);
      if (!may_use (one, &config->command[i].terms, now)
          || may_use (two, command ? &command->terms : NULL, now))
        continue;
      fprintf (d->out, "%s %s run %s\n", one->name, may, name);
      d->n++;
    }
}


static int
compare_users (const void *a, const void *b)
{
  const struct config_user *const *one = a, *const *two = b;

  return strcmp ((*one)->name, (*two)->name);
}


static const struct config_user **
sort_users (config_t config)
{
  const struct config_user **user = calloc (config->n_users + 1,
                                            sizeof (*user));
  size_t i;

  for (i = 0; user && i < config->n_users; i++)
    user[i] = config->user + i;
  if (user && config->n_users)
    qsort (user, config->n_users, sizeof *user, compare_users);
  return user;
}


static gpg_error_t
compare_rights (struct differ *d, config_t old, config_t new)
{
  const struct config_user **before = sort_users (old), **one = before;
  const struct config_user **after = sort_users (new), **two = after;
  gpg_error_t err = before && after ? 0 : gpg_error_from_syserror ();
  int order;

  while (!err && (*one || *two))
    {
      order = !*one ? 1 : !*two ? -1 : strcmp ((*one)->name, (*two)->name);
      tell_rights (d, old, order <= 0 ? *one : NULL, new,
                   order >= 0 ? *two : NULL, false);
      tell_rights (d, new, order >= 0 ? *two : NULL, old,
                   order <= 0 ? *one : NULL, true);
      one += order <= 0;
      two += order >= 0;
    }
  free (before);
  free (after);
  return err;
}


gpg_error_t
advise_differ (config_t old, config_t new, FILE *out, size_t *r_n)
{
  struct differ d = { out, 0 };
  struct facts before, after;
  gpg_error_t err;

  memset (&after, 0, sizeof after);
  err = read_facts (old, &before);
  if (!err)
    err = read_facts (new, &after);
  if (!err)
    {
      compare_facts_of (&d, &before, &after);
      compare_order (&d, old, new);
      err = compare_rights (&d, old, new);
    }
  release_facts (&before);
  release_facts (&after);
  *r_n = d.n;
  return err;
}
