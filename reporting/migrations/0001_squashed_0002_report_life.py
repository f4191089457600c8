"""What a new installation starts with, in one step: the tables that the migrations it stands for make one by one."""

import django.db.models.deletion
import reporting.models.files
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [('reporting', '0001_initial'), ('reporting', '0002_report_life')]

    initial = True

    dependencies = [
        ('ledgers', '0007_request_of_a_job'),
        ('ledgers', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(max_length=6, verbose_name='期间')),
                ('kind', models.CharField(choices=[('quarterly', '季度工作情况'), ('half', '半年总结'), ('annual', '年度总结'), ('unity', '民族团结进步情况汇报')], max_length=10, verbose_name='类别')),
                ('state', models.CharField(choices=[('draft', '草稿'), ('submitted', '待签发'), ('final', '定稿'), ('superseded', '已被新版取代')], default='draft', max_length=10, verbose_name='状态')),
                ('version', models.PositiveSmallIntegerField(default=1, verbose_name='版次')),
                ('revision', models.PositiveIntegerField(default=1, editable=False, verbose_name='正文改动次数')),
                ('built_revision', models.PositiveIntegerField(default=0, editable=False)),
                ('title', models.CharField(max_length=200, verbose_name='标题')),
                ('document', models.JSONField(default=dict, verbose_name='正文')),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='起草时间')),
                ('built_at', models.DateTimeField(verbose_name='生成时间')),
                ('frozen_at', models.DateTimeField(null=True, verbose_name='定稿时间')),
                ('drifted', models.PositiveSmallIntegerField(editable=False, null=True, verbose_name='已变化的数字')),
                ('drift_checked_at', models.DateTimeField(editable=False, null=True, verbose_name='核对时间')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='起草人')),
                ('signed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签发人')),
                ('unit', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledgers.orgunit', verbose_name='单位')),
            ],
            options={
                'verbose_name': '总结报告',
                'verbose_name_plural': '总结报告',
                'ordering': ['-built_at', '-pk'],
                'indexes': [models.Index(fields=['-built_at', '-id'], name='report_newest'), models.Index(fields=['state', 'drift_checked_at'], name='report_by_state')],
                'constraints': [models.UniqueConstraint(fields=('unit', 'period', 'kind', 'version'), name='report_version_once'), models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'submitted'])), fields=('unit', 'period', 'kind'), name='report_one_open'), models.UniqueConstraint(condition=models.Q(('state', 'final')), fields=('unit', 'period', 'kind'), name='report_one_final'), models.CheckConstraint(condition=models.Q(models.Q(('frozen_at__isnull', True), ('state__in', ['draft', 'submitted'])), models.Q(('frozen_at__isnull', False), ('state__in', ['final', 'superseded'])), _connector='OR'), name='report_signed_is_frozen')],
            },
        ),
        migrations.CreateModel(
            name='AcceptedFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=64, verbose_name='编号')),
                ('rule', models.CharField(max_length=20, verbose_name='规则')),
                ('sentence', models.TextField(verbose_name='原句')),
                ('found', models.CharField(max_length=100, verbose_name='文中写的')),
                ('expected', models.CharField(max_length=100, verbose_name='应为')),
                ('explanation', models.TextField(blank=True, verbose_name='说明')),
                ('reason', models.CharField(max_length=500, verbose_name='保留原因')),
                ('accepted_at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='保留人')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accepted_findings', to='reporting.report', verbose_name='报告')),
            ],
            options={
                'verbose_name': '保留的核对结果',
                'verbose_name_plural': '保留的核对结果',
                'ordering': ['accepted_at', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('report', 'key'), name='report_finding_once'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='report_finding_has_reason')],
            },
        ),
        migrations.CreateModel(
            name='ReportFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='次序')),
                ('code', models.CharField(max_length=60, verbose_name='指标代码')),
                ('label', models.CharField(max_length=60, verbose_name='指标')),
                ('period', models.CharField(max_length=6, verbose_name='期间')),
                ('value', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='数值')),
                ('previous', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='上期')),
                ('same_period_last_year', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='上年同期')),
                ('target', models.DecimalField(decimal_places=4, max_digits=20, null=True, verbose_name='目标')),
                ('unit', models.CharField(max_length=10, verbose_name='计量单位')),
                ('text', models.CharField(max_length=40, verbose_name='印出的文字')),
                ('records', models.PositiveIntegerField(verbose_name='记录数')),
                ('hash', models.CharField(max_length=64, verbose_name='记录校验码')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='figures', to='reporting.report', verbose_name='报告')),
                ('scope', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledgers.orgunit', verbose_name='统计单位')),
            ],
            options={
                'verbose_name': '报告数字',
                'verbose_name_plural': '报告数字',
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('report', 'code', 'scope', 'period'), name='report_figure_once')],
            },
        ),
        migrations.CreateModel(
            name='FigureRecords',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lines', models.BinaryField(verbose_name='记录与版本')),
                ('figure', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='frozen_records', to='reporting.reportfigure', verbose_name='数字')),
            ],
            options={
                'verbose_name': '数字背后的记录',
                'verbose_name_plural': '数字背后的记录',
            },
        ),
        migrations.CreateModel(
            name='ReportFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('format', models.CharField(choices=[('pdf', 'PDF'), ('docx', 'Word'), ('xlsx', 'Excel')], max_length=5, verbose_name='格式')),
                ('file', models.FileField(max_length=120, upload_to=reporting.models.files.file_path, verbose_name='文件')),
                ('pages', models.PositiveIntegerField(null=True, verbose_name='页数')),
                ('size', models.PositiveIntegerField(verbose_name='字节数')),
                ('sha256', models.CharField(max_length=64, verbose_name='校验码')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='reporting.report', verbose_name='报告')),
            ],
            options={
                'verbose_name': '报告文件',
                'verbose_name_plural': '报告文件',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('report', 'format'), name='report_file_once')],
            },
        ),
        migrations.CreateModel(
            name='ReportSection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='次序')),
                ('key', models.CharField(max_length=40, verbose_name='部分')),
                ('level', models.PositiveSmallIntegerField(default=1, verbose_name='级别')),
                ('heading', models.CharField(max_length=60, verbose_name='标题')),
                ('source', models.TextField(blank=True, max_length=20000, verbose_name='内容')),
                ('generated', models.TextField(blank=True, verbose_name='自动生成的内容')),
                ('row_version', models.PositiveIntegerField(default=1, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True, verbose_name='更新时间')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sections', to='reporting.report', verbose_name='报告')),
                ('updated_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='更新人')),
            ],
            options={
                'verbose_name': '报告章节',
                'verbose_name_plural': '报告章节',
                'ordering': ['position', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('report', 'key'), name='report_section_once'), models.CheckConstraint(condition=models.Q(('level__in', [1, 2])), name='report_section_level')],
            },
        ),
        migrations.CreateModel(
            name='ReportStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(choices=[('drafted', '起草'), ('renewed', '重新起草'), ('submitted', '提交签发'), ('withdrawn', '撤回'), ('returned', '退回修改'), ('signed', '签发定稿'), ('superseded', '被新版取代')], max_length=10, verbose_name='步骤')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('comment', models.CharField(blank=True, max_length=500, verbose_name='意见')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='reporting.report', verbose_name='报告')),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='办理人')),
            ],
            options={
                'verbose_name': '办理记录',
                'verbose_name_plural': '办理记录',
                'ordering': ['at', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('action', 'returned'), ('comment', ''), _negated=True), name='report_returned_with_comment')],
            },
        ),
    ]
