/* t-config-table.c - Tests of the tables of server/config/config-grammar.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Each row is tried by itself, whatever it is: who adds an option adds
 * nothing here, or a value to those that are tried.  */

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/conf/conf-files.h"
#include "../../../server/config/config-parts.h"

#define HELPLEN 60

static const struct conf_grammar *const grammars[] =
  { &config_grammar_posternd, &config_grammar_access };

/* What may be taken by an option; of each, two that differ.  */
static const char *const values[] =
  {
    "true", "false", "2", "3", "2000", "2001", "7s", "9s", "1M", "2M",
    "3, 4/m", "5, 6/h", "x", "y", "/x", "/y", "tcp/1", "udp/2", "192.0.2.7",
    "192.0.2.8", "07:00-08:00", "Mon 09:00-10:00", "crypt", "ldap:x", "022",
    "0777", "A=b", "A=c", "1-2", "-3-4", "args", "none", "open", "keep",
    "shut", "journal", "a=1", "b=2", "uid={user}", "cn={user}", "(a={user})",
    "(b={user})", "ldapi://", "ldaps://x", "2027-01-31",
    "1111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222"
  };

static struct conf_place nowhere = { "test", 0, NULL, NULL };


/* Put into OBJECT, where OPTION is not given, the first value that it takes
   and that is not BESIDES (NULL: any); false if there is none.  */
static bool
give_value (const struct conf_option *option, void *object,
            const char *besides)
{
  char buf[CONF_TEXTLEN];
  const char *text;
  size_t i;

  for (i = 0; i < sizeof values / sizeof *values; i++)
    {
      if (!conf_take (&nowhere, option, object, values[i])
          && (text = conf_text (option, object, 0, buf))
          && (!besides || strcmp (text, besides)))
        return true;
      if (option->kind->release)
        option->kind->release (option, (char *)object + option->offset);
    }
  return false;
}


static char *
text_of (const struct conf_option *option, const void *object)
{
  char buf[CONF_TEXTLEN];
  const char *text = conf_text (option, object, 0, buf);

  return text ? strdup (text) : NULL;
}


static char *
terms_of (const struct conf_section *section, const void *object)
{
  char *text;
  size_t len;
  FILE *fp = open_memstream (&text, &len);

  conf_write_terms (section, object, fp);
  fclose (fp);
  return text;
}


/* All that rules, commands and args say binds an approval, and changes the
   terms when it is given, and when it is another.  */
static void
check_bound (const struct conf_section *section)
{
  const struct conf_option *option;
  const struct conf_section *inner;
  char *none, *one, *two, *first;
  void *object;

  for (option = section->options; option->name; option++)
    {
      if (option->flags & CONF_DERIVED)
        continue;
      ck_assert_msg (option->flags & CONF_BINDS_APPROVAL,
                     "%s of %s does not bind approvals", option->name,
                     section->name);
      object = calloc (1, section->size);
      none = terms_of (section, object);
      first = text_of (option, object);
      ck_assert_msg (give_value (option, object, first),
                     "no value is tried that %s of %s takes", option->name,
                     section->name);
      free (first);
      first = text_of (option, object);
      one = terms_of (section, object);
      conf_release (section->options, section->sections, object);
      memset (object, 0, section->size);
      /* A flag that can only be given has one value.  */
      two = give_value (option, object, first) ? terms_of (section, object)
        : NULL;
      ck_assert_msg (strcmp (one, none) && (!two || strcmp (one, two)),
                     "%s of %s changes no terms", option->name,
                     section->name);
      conf_release (section->options, section->sections, object);
      free (object);
      free (first);
      free (none);
      free (one);
      free (two);
    }
  for (inner = section->sections; inner && inner->name; inner++)
    check_bound (inner);
}

START_TEST (approvals_are_bound)
{
  check_bound (config_rule_section);
  check_bound (config_command_section);
}
END_TEST


static char *
dump_config (const struct conf_grammar *grammar, config_t config)
{
  char *text;
  size_t len;
  FILE *fp = open_memstream (&text, &len);

  conf_dump (grammar->options, grammar->sections, config, fp);
  fclose (fp);
  return text;
}


/* The tables of GRAMMAR, less what sections must say besides.  */
static struct conf_section *
without_finish (const struct conf_section *section)
{
  struct conf_section *copy;
  size_t i, n = 1;

  if (!section)
    return NULL;
  while (section[n - 1].name)
    n++;
  copy = calloc (n, sizeof *copy);
  for (i = 0; i + 1 < n; i++)
    {
      copy[i] = section[i];
      copy[i].finish = NULL;
      copy[i].sections = without_finish (section[i].sections);
    }
  return copy;
}


static void
free_sections (const struct conf_section *section)
{
  const struct conf_section *one;

  for (one = section; one && one->name; one++)
    free_sections (one->sections);
  free ((void *)(uintptr_t)section);
}


/* The text of CONFIG has OPTION, and means the same when it is read.  */
static void
check_text (const struct conf_grammar *grammar, config_t config,
            const struct conf_option *option)
{
  struct conf_grammar lenient = *grammar;
  char *text = dump_config (grammar, config), *again, *message = NULL;
  struct config_s read = { .dir = NULL };
  char line[80];

  snprintf (line, sizeof line, "%s = ", option->name);
  ck_assert_msg (strstr (text, line), "%s is not in %s", option->name, text);
  lenient.sections = without_finish (grammar->sections);
  conf_parse ("dump", text, strlen (text), &lenient, &read, &message);
  ck_assert_msg (!message, "%s: %s", message, text);
  again = dump_config (grammar, &read);
  ck_assert_str_eq (text, again);
  conf_release (grammar->options, grammar->sections, &read);
  free_sections (lenient.sections);
  free (text);
  free (again);
}


/* Try the rows of OPTIONS in OBJECT, which is somewhere in CONFIG.  */
static void
check_dumped (const struct conf_grammar *grammar, config_t config,
              const struct conf_option *options, void *object)
{
  for (; options->name; options++)
    {
      if (options->flags & (CONF_TITLE | CONF_DERIVED))
        continue;
      if (options->kind->release)
        options->kind->release (options, (char *)object + options->offset);
      ck_assert_msg (give_value (options, object, options->flags & CONF_BRIEF
                                 ? options->preset : NULL),
                     "no value is tried that %s takes", options->name);
      check_text (grammar, config, options);
      /* Of the kinds of an arg there is one.  */
      if (options->kind->take == config_kind_arg.take)
        {
          config_kind_arg.release (options, object);
          ((struct config_arg *)object)->kind = CONFIG_ARG_NONE;
        }
    }
}


static void
check_sections (const struct conf_grammar *grammar, config_t config,
                const struct conf_section *section, void *parent)
{
  void *object;

  for (; section && section->name; section++)
    {
      ck_assert (!conf_add (&nowhere, section, parent, "one", &object));
      check_dumped (grammar, config, section->options, object);
      check_sections (grammar, config, section->sections, object);
    }
}

START_TEST (dump_forgets_nothing)
{
  struct config_s config = { .dir = NULL };
  const struct conf_grammar *grammar = grammars[_i];

  ck_assert (!conf_preset (&nowhere, grammar->options, &config));
  check_dumped (grammar, &config, grammar->options, &config);
  check_sections (grammar, &config, grammar->sections, &config);
  conf_release (grammar->options, grammar->sections, &config);
}
END_TEST


/* A row says all that a row must: the field is as large as its kind wants,
   the name is one that the reader takes, the help is a line.  */
static void
check_rows (const char *where, const struct conf_option *option,
            const struct conf_section *section)
{
  const struct conf_option *other;

  for (; option->name; option++)
    {
      ck_assert_msg (option->kind && (!option->kind->size
                                      || option->kind->size == option->size),
                     "%s of %s: the size of its field", option->name, where);
      ck_assert_msg (option->kind != &conf_enum || option->words, "%s of %s:"
                     " no words", option->name, where);
      ck_assert_msg (option->help && *option->help
                     && strlen (option->help) <= HELPLEN
                     && !strchr (option->help, '\n'), "%s of %s: its help",
                     option->name, where);
      for (other = option + 1; other->name; other++)
        ck_assert_msg (strcmp (other->name, option->name),
                       "%s of %s is there twice", option->name, where);
    }
  for (; section && section->name; section++)
    check_rows (section->name, section->options, section->sections);
}

START_TEST (rows)
{
  check_rows (grammars[_i]->file, grammars[_i]->options,
              grammars[_i]->sections);
}
END_TEST


/* ---------------------------- the manual -------------------------- */

static char *
read_page (const char *name)
{
  const char *srcdir = getenv ("srcdir");
  char path[512], *text = NULL;
  size_t len = 0;
  FILE *fp;

  snprintf (path, sizeof path, "%s/doc/%s", srcdir ? srcdir : ".", name);
  fp = fopen (path, "r");
  ck_assert_msg (fp, "%s", path);
  ck_assert_int_gt (getdelim (&text, &len, 0, fp), 0);
  fclose (fp);
  return text;
}


/* True if the manual PAGE tells of NAME: on a line that begins with Cm, or
   that is an item of a list of them.  */
static bool
tells_of (const char *page, const char *name)
{
  const char *line, *end, *p;
  size_t len = strlen (name);

  for (line = page; *line; line = *end ? end + 1 : end)
    {
      end = line + strcspn (line, "\n");
      if (strncmp (line, ".Cm ", 4) && strncmp (line, ".It Cm ", 7))
        continue;
      for (p = line; (p = strchr (p, ' ')) && p < end; )
        if (!strncmp (++p, name, len) && strchr (" \n", p[len]))
          return true;
    }
  return false;
}


static void
check_told (const char *page, const char *where,
            const struct conf_option *option,
            const struct conf_section *section)
{
  for (; option->name; option++)
    if (!(option->flags & (CONF_TITLE | CONF_DERIVED)))
      ck_assert_msg (tells_of (page, option->name),
                     "the manual lacks %s of %s", option->name, where);
  for (; section && section->name; section++)
    {
      ck_assert_msg (tells_of (page, section->name),
                     "the manual lacks the section %s", section->name);
      check_told (page, section->name, section->options, section->sections);
    }
}


static bool
is_known (const char *name, const struct conf_option *option,
          const struct conf_section *section)
{
  for (; option->name; option++)
    if (!(option->flags & (CONF_TITLE | CONF_DERIVED))
        && !strcmp (option->name, name))
      return true;
  for (; section && section->name; section++)
    if (!strcmp (section->name, name)
        || is_known (name, section->options, section->sections))
      return true;
  return false;
}


/* The items ".It Cm NAME , NAME" and ".It Cm NAME Ar ..." of PAGE name what
   GRAMMAR has.  Cuts PAGE up.  */
static void
check_items (char *page, const struct conf_grammar *grammar)
{
  char *line, *word, *lines = NULL, *words;

  for (line = strtok_r (page, "\n", &lines); line;
       line = strtok_r (NULL, "\n", &lines))
    {
      if (strncmp (line, ".It Cm ", 7))
        continue;
      for (word = strtok_r (line + 7, " ", &words);
           word && strcmp (word, "Ar"); word = strtok_r (NULL, " ", &words))
        ck_assert_msg (!strcmp (word, ",")
                       || is_known (word, grammar->options,
                                    grammar->sections),
                       "%s is in the manual of %s, and not in its table",
                       word, grammar->file);
    }
}

START_TEST (manual)
{
  static const char *const pages[] =
    { "posternd.conf.5", "postern-access.conf.5" };
  char *page = read_page (pages[_i]);

  check_told (page, grammars[_i]->file, grammars[_i]->options,
              grammars[_i]->sections);
  check_items (page, grammars[_i]);
  free (page);
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("config-table");
  TCase *tc = tcase_create ("config-table");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, approvals_are_bound);
  tcase_add_loop_test (tc, dump_forgets_nothing, 0, 2);
  tcase_add_loop_test (tc, rows, 0, 2);
  tcase_add_loop_test (tc, manual, 0, 2);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
