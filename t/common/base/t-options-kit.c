/* t-options-kit.c - Tests of common/base/options-kit and complete.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "../../../common/base/options-kit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "../../../common/base/complete.h"
#include "../../../common/base/log.h"

enum { EAT = 1, DRINK = 2 };

struct values
{
  const char *what;
  bool hot;
  const char *config;
  int size;
};

KIT_TAKE (size)
{
  if (*text < '1' || *text > '9')
    return kit_usage (verb, "--%s '%s' is not a size", option->name, text);
  ((struct values *) values)->size = *text - '0';
  return -1;
}

#define PUT(field) offsetof (struct values, field), NULL

static const struct kit_option table[] =
  {
    { "what", 'w', "FOOD", "on the plate", EAT, PUT (what) },
    { "what", 0, "LIQUID", "in the glass", DRINK, PUT (what) },
    { "size", 0, "N", "from 1 to 9\nof them", DRINK, 0, take_size },
    { "hot", 'H', NULL, "and not cold", EAT | DRINK, PUT (hot) },
    { "config", 0, "FILE", "the menu", 0, PUT (config) },
    { NULL, 0, NULL, NULL, 0, 0, NULL }
  };

static const struct { struct kit_verb kit; int own; } verbs[] =
  {
    { { "eat", "WHERE", "Eat", table, EAT, NULL }, 1 },
    { { "drink", "", "Drink", table, DRINK, NULL }, 2 }
  };

static struct kit_program program =
  { "guest", "Usage: guest", "", verbs, 2, sizeof *verbs, false };

static char words[200], *argv[20];
static int argc;

static void
split (const char *line)
{
  char *word;

  argc = 0;
  snprintf (words, sizeof words, "%s", line);
  for (word = strtok (words, " "); word; word = strtok (NULL, " "))
    argv[argc++] = word;
  argv[argc] = NULL;
}

/* What LINE comes to.  */
static int
parse (const char *line, struct values *values, struct kit_args *args,
       const struct kit_verb **verb)
{
  char **v = argv;
  int rc;

  memset (values, 0, sizeof *values);
  split (line);
  log_init ("guest", 0);
  rc = kit_begin (&program, &argc, &v, verb);
  return rc < 0 ? kit_parse (*verb, argc, v, values, args) : rc;
}

START_TEST (values_are_put)
{
  const struct kit_verb *verb;
  struct values values;
  struct kit_args args;

  ck_assert_int_eq (parse ("guest eat --what=soup here -H", &values, &args,
                           &verb), -1);
  ck_assert_str_eq (verb->name, "eat");
  ck_assert_str_eq (values.what, "soup");
  ck_assert (values.hot);
  ck_assert_uint_eq (args.set, EAT | DRINK);
  ck_assert_int_eq (args.n, 1);
  ck_assert_str_eq (args.arg[0], "here");
  ck_assert_int_eq (parse ("guest eat -w bread -- -H --x", &values, &args,
                           &verb), -1);
  ck_assert_str_eq (values.what, "bread");
  ck_assert (!values.hot);
  ck_assert_int_eq (args.n, 2);
  ck_assert_int_eq (args.n_after, 2);
  ck_assert_int_eq (parse ("guest drink --size 3 --what tea --config m",
                           &values, &args, &verb), -1);
  ck_assert_int_eq (values.size, 3);
  ck_assert_str_eq (values.what, "tea");
  ck_assert_str_eq (values.config, "m");
  ck_assert_uint_eq (args.set, DRINK);
}
END_TEST

START_TEST (wrong_lines)
{
  static const char *const lines[] =
    { "guest", "guest dirnk", "guest --hot eat", "guest eat --size 3",
      "guest eat --what", "guest eat -x", "guest drink -w x",
      "guest drink --size 0", "guest eat --hto" };
  const struct kit_verb *verb;
  struct values values;
  struct kit_args args;
  size_t i;

  for (i = 0; i < sizeof lines / sizeof *lines; i++)
    ck_assert_msg (parse (lines[i], &values, &args, &verb) == EX_USAGE, "%s",
                   lines[i]);
}
END_TEST

START_TEST (options_before_the_verb)
{
  const struct kit_verb *verb;
  struct values values;
  struct kit_args args;

  program.options_first = true;
  ck_assert_int_eq (parse ("guest --config eat --hot drink --what tea",
                           &values, &args, &verb), -1);
  ck_assert_str_eq (verb->name, "drink");
  ck_assert_str_eq (values.config, "eat");
  ck_assert (values.hot);
  ck_assert_str_eq (values.what, "tea");
  ck_assert_int_eq (args.n, 0);
  ck_assert_int_eq (parse ("guest --config eat", &values, &args, &verb),
                    EX_USAGE);
  program.options_first = false;
}
END_TEST

START_TEST (completion)
{
  struct complete_line line;

  split ("eat --what soup here --config");
  ck_assert_int_eq (complete_begin (&program, argv, 5, &line), -1);
  ck_assert_str_eq (complete_argument (&line, 0), "here");
  ck_assert_ptr_null (complete_argument (&line, 1));
  ck_assert_str_eq (complete_value (&line, "--what"), "soup");
  ck_assert_ptr_null (complete_option (&line));
  split ("drink -H --size 1");
  ck_assert_int_eq (complete_begin (&program, argv, 4, &line), -1);
  ck_assert_ptr_eq (complete_option (&line), table + 2);
  split ("sleep x");
  ck_assert_int_eq (complete_begin (&program, argv, 2, &line), EX_USAGE);
  ck_assert_str_eq (kit_name (table, DRINK), "what");
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("options-kit");
  TCase *tc = tcase_create ("options-kit");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_test (tc, values_are_put);
  tcase_add_test (tc, wrong_lines);
  tcase_add_test (tc, options_before_the_verb);
  tcase_add_test (tc, completion);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
