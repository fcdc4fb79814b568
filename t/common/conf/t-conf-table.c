/* t-conf-table.c - Tests of common/conf/conf-table.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A table and structs of its own: an option is one row there, and is read,
 * has its default, is printed, bound, hinted and freed.  */

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../../../common/conf/conf-scan.h"

struct leaf
{
  char *name;
  bool green;
};

struct tree
{
  char *name;
  char *file;                   /* No option: where it stands.  */
  char *sort;
  struct strlist birds;
  uint16_t height;
  unsigned int age;             /* Seconds.  */
  uint64_t weight;
  uint64_t planted;
  unsigned int shape;
  bool old;
  char owner[NETSPEC_NAMELEN + 1];
  size_t n_leaves;
  struct leaf *leaf;
};

struct wood
{
  char *path;
  size_t n_trees;
  struct tree *tree;
  struct leaf pond;
};

static const char *const shapes[] = { "round", "wide", "high", NULL };

#define ROW(name, kind, member, ...) \
  CONF_OPTION (name, kind, struct tree, member, __VA_ARGS__)

static const struct conf_option tree_options[] =
  {
    ROW ("name", conf_name, name, "what it is called",
         .flags = CONF_TITLE | CONF_BINDS_APPROVAL),
    ROW ("file", conf_string, file, "where it stands",
         .flags = CONF_DERIVED),
    /* The one row that an option takes.  */
    ROW ("sort", conf_string, sort, "what sort it is", .most = 20,
         .preset = "oak", .flags = CONF_BINDS_APPROVAL),
    ROW ("birds", conf_names, birds, "who lives there", .most = 3,
         .flags = CONF_BINDS_APPROVAL),
    ROW ("height", conf_number, height, "how high it is", .least = 1,
         .most = 100, .flags = CONF_BINDS_APPROVAL),
    ROW ("age", conf_duration, age, "how old it is", .most = 100),
    ROW ("weight", conf_size, weight, "what it weighs", .least = 10,
         .most = 4096, .flags = CONF_NONE),
    ROW ("planted", conf_time, planted, "when", .preset = "0",
         .flags = CONF_BRIEF),
    ROW ("shape", conf_enum, shape, "its shape", .words = shapes),
    ROW ("old", conf_bool, old, "whether it is old", .preset = "false",
         .flags = CONF_BRIEF),
    ROW ("owner", conf_name_buf, owner, "whose it is"),
    CONF_END
  };

static const struct conf_option leaf_options[] =
  {
    CONF_OPTION ("name", conf_name, struct leaf, name, "its name",
                 .flags = CONF_TITLE | CONF_BINDS_APPROVAL),
    CONF_OPTION ("green", conf_bool, struct leaf, green, "its colour",
                 .preset = "true", .flags = CONF_BINDS_APPROVAL),
    CONF_END
  };

static const struct conf_section leaf_sections[] =
  {
    { .name = "leaf", .options = leaf_options,
      .offset = offsetof (struct tree, leaf),
      .n_offset = offsetof (struct tree, n_leaves),
      .size = sizeof (struct leaf), .most = 2 },
    { .name = NULL }
  };

static const struct conf_option pond_options[] =
  {
    CONF_OPTION ("green", conf_bool, struct leaf, green, "its colour"),
    CONF_END
  };

static unsigned int finished;

static gpg_error_t
finish_tree (const struct conf_place *place, void *root, void *object)
{
  const struct tree *tree = object;

  (void) root;
  finished++;
  return tree->height == 13 ? conf_fail (place, "unlucky") : 0;
}

static const struct conf_section sections[] =
  {
    { .name = "tree", .options = tree_options, .sections = leaf_sections,
      .offset = offsetof (struct wood, tree),
      .n_offset = offsetof (struct wood, n_trees),
      .size = sizeof (struct tree), .finish = finish_tree },
    { .name = "pond", .options = pond_options, .single = true,
      .offset = offsetof (struct wood, pond) },
    { .name = NULL }
  };

static const struct conf_option wood_options[] =
  {
    CONF_OPTION ("path", conf_path, struct wood, path, "through it",
                 .most = 30, .preset = "/"),
    CONF_END
  };

static const struct conf_grammar grammar =
  { "wood.conf", wood_options, sections, NULL };

static struct wood wood;
static char *message;
static char *text;

static gpg_error_t
read_wood (const char *conf)
{
  struct conf_place place = { "wood", 0, NULL, &message };
  gpg_error_t err;

  conf_release (wood_options, sections, &wood);
  memset (&wood, 0, sizeof wood);
  free (message);
  message = NULL;
  finished = 0;
  err = conf_preset (&place, wood_options, &wood);
  ck_assert (!err);
  err = conf_parse ("wood", conf, strlen (conf), &grammar, &wood, &message);
  ck_assert_msg (!err == !message, "%s", message);
  return gpg_err_code (err);
}

static void
refused (const char *conf, const char *why)
{
  ck_assert_int_eq (read_wood (conf), GPG_ERR_INV_VALUE);
  ck_assert_str_eq (message, why);
}

static const char *
dump_wood (void)
{
  size_t len;
  FILE *fp;

  free (text);
  fp = open_memstream (&text, &len);
  conf_dump (wood_options, sections, &wood, fp);
  fclose (fp);
  return text;
}

static const char *
terms_of (const struct tree *tree)
{
  size_t len;
  FILE *fp;

  free (text);
  fp = open_memstream (&text, &len);
  conf_write_terms (sections, tree, fp);
  fclose (fp);
  return text;
}

static void
teardown (void)
{
  conf_release (wood_options, sections, &wood);
  free (message);
  free (text);
  message = text = NULL;
}

START_TEST (one_row)
{
  char *before;

  /* Its default, and what is read.  */
  ck_assert_msg (!read_wood ("tree a { }"), "%s", message);
  ck_assert_uint_eq (wood.n_trees, 1);
  ck_assert_str_eq (wood.tree[0].name, "a");
  ck_assert_str_eq (wood.tree[0].sort, "oak");
  before = strdup (terms_of (wood.tree));
  ck_assert_msg (!read_wood ("tree a { sort = 'it\\'s a \\\\ elm' }"), "%s",
                 message);
  ck_assert_str_eq (wood.tree[0].sort, "it's a \\ elm");
  ck_assert_uint_eq (finished, 1);
  /* Printed, and bound.  */
  ck_assert_ptr_nonnull (strstr (dump_wood (),
                                 "\n  sort = 'it\\'s a \\\\ elm'\n"));
  ck_assert_str_ne (terms_of (wood.tree), before);
  /* Its limit and its hint.  */
  refused ("\ntree a { sort = 'aaaaaaaaaaaaaaaaaaaaa' }",
           "wood:2: sort: 'aaaaaaaaaaaaaaaaaaaaa' is not a text of 1 to 20"
           " bytes");
  refused ("tree a { srot = 'elm' }",
           "wood:1: unknown keyword 'srot'; did you mean 'sort'?");
  free (before);
  /* Freed.  */
  ck_assert (!read_wood ("tree a { }"));
  conf_release (tree_options, leaf_sections, wood.tree);
  ck_assert_ptr_null (wood.tree[0].sort);
  ck_assert_ptr_null (wood.tree[0].name);
}
END_TEST

static const char full[] =
  "path = '/a/b'\n"
  "tree a {\n"
  "  sort = 'elm'\n  birds = {'owl', 'tit'}\n  height = 7\n"
  "  age = '60s'\n  weight = 1024\n  planted = 1801353600\n"
  "  shape = 'high'\n  old = true\n  owner = 'bob'\n"
  "  leaf one {\n    green = false\n  }\n"
  "  leaf two {\n    green = true\n  }\n"
  "}\n"
  "tree b {\n"
  "  sort = 'oak'\n  age = '0s'\n  weight = none\n  shape = 'round'\n"
  "}\n"
  "pond {\n  green = true\n}\n";

START_TEST (dump_is_what_was_read)
{
  ck_assert_msg (!read_wood ("path = '/a/b' pond { green = true }"
                             "tree a { sort = elm birds = {owl, tit,}"
                             " height = 7 age = '1m' weight = '1k'"
                             " planted = '2027-01-31' shape = high old = true"
                             " owner = bob leaf one { green = false }"
                             " leaf two { } } tree b { }"), "%s", message);
  ck_assert_uint_eq (wood.tree[0].birds.n, 2);
  ck_assert_uint_eq (wood.tree[0].height, 7);
  ck_assert_uint_eq (wood.tree[0].age, 60);
  ck_assert_uint_eq (wood.tree[0].weight, 1024);
  ck_assert_uint_eq (wood.tree[0].planted, 1801353600);
  ck_assert_uint_eq (wood.tree[0].shape, 2);
  ck_assert (wood.tree[0].old);
  ck_assert_str_eq (wood.tree[0].owner, "bob");
  ck_assert_uint_eq (wood.tree[0].n_leaves, 2);
  ck_assert (!wood.tree[0].leaf[0].green);
  ck_assert (wood.tree[0].leaf[1].green);
  ck_assert (wood.pond.green);
  ck_assert_str_eq (dump_wood (), full);
  ck_assert_msg (!read_wood (full), "%s", message);
  ck_assert_str_eq (dump_wood (), full);
}
END_TEST

/* No two trees have the same terms that differ in what is bound, and what is
   not bound counts for nothing.  */
START_TEST (terms_differ)
{
  static const char *const differ[] =
    {
      "tree a { }", "tree b { }", "tree a { sort = 'elm' }",
      "tree a { birds = {'x'} }", "tree a { birds = {'x', 'y'} }",
      "tree a { birds = {'y', 'x'} }", "tree a { height = 1 }",
      "tree a { leaf x { } }", "tree a { leaf y { } }",
      "tree a { leaf x { green = false } }", "tree a { leaf x { } leaf y { } }",
      "tree a { sort = 'oak 0 birds 0' }"
    };
  size_t i, k, n = sizeof differ / sizeof *differ;
  char *terms[sizeof differ / sizeof *differ];

  for (i = 0; i < n; i++)
    {
      ck_assert_msg (!read_wood (differ[i]), "%s", message);
      terms[i] = strdup (terms_of (wood.tree));
      for (k = 0; k < i; k++)
        ck_assert_msg (strcmp (terms[i], terms[k]), "%s is %s", differ[i],
                       differ[k]);
    }
  ck_assert (!read_wood ("tree a { age = '9s' old = true owner = 'x' }"));
  ck_assert_str_eq (terms_of (wood.tree), terms[0]);
  while (n--)
    free (terms[n]);
}
END_TEST

START_TEST (refusals)
{
  refused ("tree a { name = 'b' }",
           "wood:1: unknown keyword 'name'; see the manual of wood.conf");
  refused ("tree a { file = 'b' }",
           "wood:1: unknown keyword 'file'; see the manual of wood.conf");
  refused ("tree a { shape = 'flat' }",
           "wood:1: shape: 'flat' is not 'round', 'wide' or 'high'");
  refused ("tree a { height = 101 }", "wood:1: height: '101' is not a decimal"
           " number from 1 to 100");
  refused ("tree a { birds = {'a', 'b',\n'c', 'd'} }",
           "wood:2: birds: more than 3 items");
  refused ("tree a { weight = 9 }", "wood:1: weight: '9' is less than 10"
           " bytes");
  refused ("tree a { leaf a { } leaf b { }\nleaf c { } }",
           "wood:2: more than 2 leafs");
  refused ("tree a { }\ntree b {\nheight = 13 }", "wood:2: unlucky");
  refused ("tree a { leaf b { leaf c { } } }", "wood:1: unknown keyword"
           " 'leaf'; see the manual of wood.conf");
  refused ("path = '/a/'", "wood:1: path: '/a/' is not a valid path; write it"
           " from the root, without '.', '..' and '/' at the end");
  /* What only another file has, at the top alone.  */
  refused ("pond { } pond { }", "wood:1: 'pond' is repeated (it stands in"
           " line 1); keep one of the two");
}
END_TEST

/* A list takes the place of its default; the default can be written.  */
START_TEST (defaults)
{
  ck_assert (!read_wood (""));
  ck_assert_str_eq (wood.path, "/");
  ck_assert (!read_wood ("path = '/'"));
  ck_assert_str_eq (wood.path, "/");
  ck_assert_str_eq (dump_wood (), "path = '/'\npond {\n  green = false\n}\n");
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("conf-table");
  TCase *tc = tcase_create ("conf-table");
  SRunner *sr = srunner_create (suite);
  int failed;

  suite_add_tcase (suite, tc);
  tcase_add_checked_fixture (tc, NULL, teardown);
  tcase_add_test (tc, one_row);
  tcase_add_test (tc, dump_is_what_was_read);
  tcase_add_test (tc, terms_differ);
  tcase_add_test (tc, refusals);
  tcase_add_test (tc, defaults);
  srunner_run_all (sr, CK_NORMAL);
  failed = srunner_ntests_failed (sr);
  srunner_free (sr);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
