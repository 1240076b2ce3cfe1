"use strict";

/**
 * Every sentence the panel says, in its four languages: one table. What a bridge or Photoshop
 * itself says is shown as it came.
 *
 * t(key, values)    the sentence in the language in use; {name} stands for a value
 * use(language)     from now on; "auto" takes the host's
 * spokenNow()       the language in use
 *
 * @typedef {"en" | "de" | "ja" | "zh"} Language
 */

/** @type {Record<string, Record<Language, string>>} */
const TEXTS = {
  "status.searching": {
    en: "looking for the bridge…",
    de: "sucht die Brücke…",
    ja: "ブリッジを探しています…",
    zh: "正在寻找桥接程序…",
  },
  "status.unpaired": {
    en: "not paired yet",
    de: "noch nicht gekoppelt",
    ja: "未ペアリング",
    zh: "尚未配对",
  },
  "status.lost": { en: "no bridge", de: "keine Brücke", ja: "ブリッジなし", zh: "无桥接程序" },
  "status.loading": {
    en: "loading the model…",
    de: "lädt das Modell…",
    ja: "モデルを読み込み中…",
    zh: "正在加载模型…",
  },
  "status.open": { en: "● {model}", de: "● {model}", ja: "● {model}", zh: "● {model}" },
  "welcome.token": {
    en: "When it starts, the bridge prints a pairing token in its terminal. Paste it here once; the panel keeps it.",
    de: "Beim Start gibt die Brücke im Terminal ein Token aus. Füge es hier einmal ein; das Panel merkt es sich.",
    ja: "ブリッジは起動時にターミナルへトークンを表示します。ここに一度貼り付ければ、パネルが記憶します。",
    zh: "桥接程序启动时会在终端显示配对令牌。在此粘贴一次，面板会记住它。",
  },
  "welcome.field": { en: "Token", de: "Token", ja: "トークン", zh: "令牌" },
  "welcome.elsewhere": {
    en: "another address",
    de: "andere Adresse",
    ja: "別のアドレス",
    zh: "其他地址",
  },
  "welcome.connect": { en: "Connect", de: "Verbinden", ja: "接続", zh: "连接" },
  "welcome.found": {
    en: "The bridge at {address} wants to know that it is you.",
    de: "Die Brücke unter {address} will wissen, dass du es bist.",
    ja: "{address} のブリッジが本人確認を求めています。",
    zh: "{address} 的桥接程序需要确认是你本人。",
  },
  "welcome.unix": {
    en: "macOS, Linux: in a terminal, in Pentimento's folder",
    de: "macOS, Linux: im Terminal, in Pentimentos Ordner",
    ja: "macOS・Linux：ターミナルで、Pentimentoのフォルダーから",
    zh: "macOS、Linux：在终端中，于 Pentimento 文件夹内",
  },
  "welcome.windows": {
    en: "Windows: in PowerShell, in Pentimento's folder",
    de: "Windows: in der PowerShell, in Pentimentos Ordner",
    ja: "Windows：PowerShellで、Pentimentoのフォルダーから",
    zh: "Windows：在 PowerShell 中，于 Pentimento 文件夹内",
  },
  "welcome.looking": {
    en: "Still looking… this page goes on by itself once the bridge runs.",
    de: "Sucht weiter… sobald die Brücke läuft, geht es hier von selbst weiter.",
    ja: "探しています… ブリッジが起動すると自動で先に進みます。",
    zh: "仍在寻找… 桥接程序运行后，本页会自动继续。",
  },
  "welcome.tokenFile": {
    en: "No terminal in sight? The start command prints the token again. It also stands in bridge.json in Pentimento's data folder.",
    de: "Kein Terminal zu sehen? Der Startbefehl zeigt das Token noch einmal. Es steht auch in bridge.json in Pentimentos Datenordner.",
    ja: "ターミナルが見当たらない場合は、起動コマンドをもう一度実行すると表示されます。データフォルダーの bridge.json にもあります。",
    zh: "找不到终端？再次运行启动命令即可显示令牌。它也保存在 Pentimento 数据文件夹的 bridge.json 中。",
  },
  "welcome.pairAgain": {
    en: "Pair again",
    de: "Neu koppeln",
    ja: "もう一度ペアリング",
    zh: "重新配对",
  },
  "welcome.again": { en: "Try again", de: "Noch einmal", ja: "再試行", zh: "重试" },
  "bridge.status": {
    en: "The bridge answered {status}.",
    de: "Die Brücke antwortete {status}.",
    ja: "ブリッジの応答：{status}",
    zh: "桥接程序的响应：{status}",
  },
  "bridge.otherPixels": {
    en: "The bridge received other pixels than were sent: try again.",
    de: "Bei der Brücke kamen andere Pixel an als gesendet: Versuch es noch einmal.",
    ja: "送信したピクセルと届いたピクセルが違います。もう一度試してください。",
    zh: "桥接程序收到的像素与发送的不同：请重试。",
  },
  "bridge.incomplete": {
    en: "A picture arrived incomplete.",
    de: "Ein Bild kam unvollständig an.",
    ja: "画像が途中までしか届きませんでした。",
    zh: "有一幅画未完整送达。",
  },
  "prompt.words": {
    en: "What shall it be?",
    de: "Was soll es werden?",
    ja: "何を描きますか？",
    zh: "想画什么？",
  },
  "prompt.not": {
    en: "What shall not be in it",
    de: "Was nicht darin sein soll",
    ja: "含めたくないもの",
    zh: "画面中不要出现的内容",
  },
  "prompt.without": { en: "without…", de: "ohne…", ja: "除外…", zh: "排除…" },
  "prompt.withoutOpen": { en: "without", de: "ohne", ja: "除外", zh: "排除" },
  "settings.source": { en: "From", de: "Aus", ja: "元", zh: "来源" },
  "settings.where": { en: "Where", de: "Wo", ja: "範囲", zh: "范围" },
  "settings.strength": { en: "Change", de: "Ändern", ja: "変化", zh: "变化" },
  "settings.steps": { en: "Steps", de: "Schritte", ja: "ステップ", zh: "步数" },
  "settings.guidance": { en: "Guidance", de: "Führung", ja: "ガイダンス", zh: "引导" },
  "settings.seed": { en: "Seed", de: "Seed", ja: "シード", zh: "种子" },
  "settings.sampler": { en: "Sampler", de: "Sampler", ja: "サンプラー", zh: "采样器" },
  "settings.dice": { en: "Another seed", de: "Anderer Seed", ja: "別のシード", zh: "换一个种子" },
  "settings.lock": {
    en: "Keep this seed",
    de: "Diesen Seed behalten",
    ja: "このシードを固定",
    zh: "保留此种子",
  },
  "settings.keepSeed": { en: "keep", de: "behalten", ja: "固定", zh: "保留" },
  "settings.together": {
    en: "All layers at the end, in one undo step",
    de: "Alle Ebenen am Ende, in einem Protokollschritt",
    ja: "全レイヤーを最後に1回の取り消し単位で追加",
    zh: "最后一次性添加所有图层，一步即可撤销",
  },
  "settings.summary": {
    en: "guidance {guidance} · {sampler} · seed {seed}",
    de: "Führung {guidance} · {sampler} · Seed {seed}",
    ja: "ガイダンス {guidance} · {sampler} · シード {seed}",
    zh: "引导 {guidance} · {sampler} · 种子 {seed}",
  },
  "settings.summaryKept": {
    en: "guidance {guidance} · {sampler} · seed {seed} (kept)",
    de: "Führung {guidance} · {sampler} · Seed {seed} (bleibt)",
    ja: "ガイダンス {guidance} · {sampler} · シード {seed}（固定）",
    zh: "引导 {guidance} · {sampler} · 种子 {seed}（保留）",
  },
  "source.layer": { en: "active layer", de: "aktive Ebene", ja: "選択レイヤー", zh: "当前图层" },
  "source.composite": { en: "composite", de: "Gesamtbild", ja: "全体", zh: "合成图像" },
  "source.nothing": { en: "nothing", de: "nichts", ja: "なし", zh: "空白" },
  "where.selection": { en: "selection", de: "Auswahl", ja: "選択範囲", zh: "选区" },
  "where.everywhere": { en: "everywhere", de: "überall", ja: "全体", zh: "全部" },
  "size.full": {
    en: "{width} × {height}, painted at full size",
    de: "{width} × {height}, in voller Größe gemalt",
    ja: "{width} × {height}、原寸で描画",
    zh: "{width} × {height}，按原尺寸绘制",
  },
  "size.enlarged": {
    en: "{width} × {height}, painted at {wide} × {high}, enlarged ×{factor}",
    de: "{width} × {height}, gemalt in {wide} × {high}, vergrößert ×{factor}",
    ja: "{width} × {height}、{wide} × {high} で描画、{factor}倍に拡大",
    zh: "{width} × {height}，按 {wide} × {high} 绘制，放大 {factor} 倍",
  },
  "size.deep": {
    en: "{depth}-bit document: the model sees 8 bits",
    de: "{depth}-Bit-Dokument: Das Modell sieht 8 Bit",
    ja: "{depth}ビット文書：モデルには8ビットで渡ります",
    zh: "{depth} 位文档：模型看到的是 8 位",
  },
  "size.layer": {
    en: "from “{layer}”",
    de: "aus „{layer}“",
    ja: "「{layer}」から",
    zh: "来自“{layer}”",
  },
  "paint.paint": { en: "Paint", de: "Malen", ja: "描く", zh: "绘制" },
  "paint.cancel": { en: "Cancel", de: "Abbrechen", ja: "キャンセル", zh: "取消" },
  "paint.reading": {
    en: "Reading the picture…",
    de: "Liest das Bild…",
    ja: "画像を読み込み中…",
    zh: "正在读取图像…",
  },
  "paint.readingStep": {
    en: "Reading the step…",
    de: "Liest den Schritt…",
    ja: "ステップを読み込み中…",
    zh: "正在读取步骤…",
  },
  "paint.bringing": {
    en: "Bringing the steps…",
    de: "Holt die Schritte…",
    ja: "ステップを取り込み中…",
    zh: "正在取回步骤…",
  },
  "paint.removing": {
    en: "Removing the layers…",
    de: "Entfernt die Ebenen…",
    ja: "レイヤーを削除中…",
    zh: "正在移除图层…",
  },
  "progress.step": {
    en: "step {step} of {total}",
    de: "Schritt {step} von {total}",
    ja: "ステップ {step}/{total}",
    zh: "第 {step}/{total} 步",
  },
  "progress.left": {
    en: "step {step} of {total} · {time} left",
    de: "Schritt {step} von {total} · noch {time}",
    ja: "ステップ {step}/{total} · 残り {time}",
    zh: "第 {step}/{total} 步 · 剩余 {time}",
  },
  "progress.next": {
    en: "next in line",
    de: "als Nächstes dran",
    ja: "次の順番です",
    zh: "下一个就是",
  },
  "progress.before": {
    en: "{count} before it",
    de: "{count} davor",
    ja: "前に {count} 件",
    zh: "前面还有 {count} 个",
  },
  "progress.seconds": { en: "{count} s", de: "{count} s", ja: "{count}秒", zh: "{count} 秒" },
  "progress.minutes": { en: "{count} min", de: "{count} min", ja: "{count}分", zh: "{count} 分钟" },
  "notice.dismiss": { en: "Dismiss", de: "Schließen", ja: "閉じる", zh: "关闭" },
  "timeline.heading": { en: "Steps", de: "Schritte", ja: "ステップ", zh: "步骤" },
  "timeline.remove": { en: "remove", de: "entfernen", ja: "削除", zh: "移除" },
  "timeline.removeHelp": {
    en: "Remove this painting's layers, in one undo step",
    de: "Die Ebenen dieses Bildes entfernen, in einem Protokollschritt",
    ja: "この絵のレイヤーを1回の取り消し単位で削除",
    zh: "移除这幅画的图层，一步即可撤销",
  },
  "timeline.step": {
    en: "Step {number}, σ {sigma}",
    de: "Schritt {number}, σ {sigma}",
    ja: "ステップ {number}、σ {sigma}",
    zh: "第 {number} 步，σ {sigma}",
  },
  "timeline.painted": {
    en: "Step {number}, σ {sigma}, painted on",
    de: "Schritt {number}, σ {sigma}, übermalt",
    ja: "ステップ {number}、σ {sigma}、加筆あり",
    zh: "第 {number} 步，σ {sigma}，已涂改",
  },
  "painting.name": {
    en: "Painting {number}",
    de: "Bild {number}",
    ja: "絵 {number}",
    zh: "画作 {number}",
  },
  "painting.words": {
    en: "Painting {number} · {prompt}",
    de: "Bild {number} · {prompt}",
    ja: "絵 {number} · {prompt}",
    zh: "画作 {number} · {prompt}",
  },
  "painting.branch": {
    en: "Painting {number} · from step {step} of {parent}",
    de: "Bild {number} · ab Schritt {step} von {parent}",
    ja: "絵 {number} · 絵 {parent} のステップ {step} から",
    zh: "画作 {number} · 自画作 {parent} 第 {step} 步",
  },
  "painting.queued": { en: "waiting", de: "wartet", ja: "待機中", zh: "等待中" },
  "painting.cancelled": { en: "stopped", de: "angehalten", ja: "中止", zh: "已停止" },
  "painting.failed": { en: "failed", de: "fehlgeschlagen", ja: "失敗", zh: "失败" },
  "painting.elsewhere": {
    en: "not in this bridge",
    de: "nicht in dieser Brücke",
    ja: "このブリッジにはありません",
    zh: "不在此桥接程序中",
  },
  "onward.title": {
    en: "Step {number}, σ {sigma}",
    de: "Schritt {number}, σ {sigma}",
    ja: "ステップ {number}、σ {sigma}",
    zh: "第 {number} 步，σ {sigma}",
  },
  "onward.painted": {
    en: "Step {number} was painted on.",
    de: "Schritt {number} wurde übermalt.",
    ja: "ステップ {number} に加筆がありました。",
    zh: "第 {number} 步已被涂改。",
  },
  "onward.continue": {
    en: "Continue from here",
    de: "Von hier weiter",
    ja: "ここから続ける",
    zh: "从这里继续",
  },
  "onward.anew": {
    en: "Paints this step anew: the selected part, or all of it.",
    de: "Malt diesen Schritt neu: den ausgewählten Teil oder alles.",
    ja: "このステップを描き直します。選択範囲だけ、または全体です。",
    zh: "重新绘制这一步：选中的部分，或全部。",
  },
  "onward.keepOutside": {
    en: "Keep everything else exactly",
    de: "Alles andere genau behalten",
    ja: "それ以外は完全に保つ",
    zh: "其余部分保持不变",
  },
  "onward.weight": { en: "Strength", de: "Stärke", ja: "強さ", zh: "强度" },
  "onward.release": { en: "Until", de: "Bis", ja: "いつまで", zh: "直到" },
  "onward.end": { en: "the end", de: "zum Ende", ja: "最後", zh: "结束" },
  "onward.more": {
    en: "other words from here",
    de: "ab hier andere Worte",
    ja: "ここから言葉を変える",
    zh: "从这里改用其他描述",
  },
  "onward.moreOpen": { en: "from here on", de: "ab hier", ja: "ここから先", zh: "从这里起" },
  "mode.repaint": { en: "Repaint", de: "Neu malen", ja: "描き直す", zh: "重绘" },
  "mode.keep": { en: "Blend in", de: "Einfügen", ja: "なじませる", zh: "融入" },
  "mode.nudge": { en: "Hint", de: "Andeuten", ja: "ヒント", zh: "提示" },
  "mode.hold": { en: "Hold", de: "Festhalten", ja: "保持", zh: "保持" },
  "mode.replay": { en: "As before", de: "Wie zuvor", ja: "前と同じ", zh: "照旧" },
  "modeHelp.repaint": {
    en: "Takes your strokes in and paints them anew; the rest keeps its course.",
    de: "Nimmt deine Striche auf und malt sie neu; der Rest behält seinen Lauf.",
    ja: "筆跡を取り込んで描き直します。ほかはそのまま進みます。",
    zh: "吸收你的笔触并重新绘制；其余部分照原样进行。",
  },
  "modeHelp.keep": {
    en: "Takes your strokes in gently; the step's own structure stays.",
    de: "Nimmt deine Striche sanft auf; der Aufbau des Schritts bleibt.",
    ja: "筆跡をやわらかく取り込み、構図は保ちます。",
    zh: "轻柔地吸收你的笔触；这一步的结构保持不变。",
  },
  "modeHelp.nudge": {
    en: "Your strokes steer this one step; later steps may paint over them.",
    de: "Deine Striche lenken diesen einen Schritt; spätere dürfen sie übermalen.",
    ja: "このステップだけに筆跡が効きます。後で塗り重ねられることもあります。",
    zh: "你的笔触只引导这一步；之后的步骤可能会覆盖它们。",
  },
  "modeHelp.hold": {
    en: "Your strokes pull at every step that is left, so they survive.",
    de: "Deine Striche ziehen an jedem weiteren Schritt, so bleiben sie.",
    ja: "残りの全ステップに筆跡が効き、最後まで残ります。",
    zh: "你的笔触会作用于之后的每一步，因此得以保留。",
  },
  "modeHelp.replay": {
    en: "The same steps again, or with other words from here on.",
    de: "Dieselben Schritte noch einmal, oder ab hier mit anderen Worten.",
    ja: "同じステップをもう一度、またはここから別の言葉で。",
    zh: "重复相同的步骤，或从这里起改用其他描述。",
  },
  "strays.one": {
    en: "One painting lies in no open document",
    de: "Ein Bild liegt in keinem offenen Dokument",
    ja: "開いた文書にない絵が1点あります",
    zh: "有 1 幅画不在打开的文档中",
  },
  "strays.many": {
    en: "{count} paintings lie in no open document",
    de: "{count} Bilder liegen in keinem offenen Dokument",
    ja: "開いた文書にない絵が{count}点あります",
    zh: "有 {count} 幅画不在打开的文档中",
  },
  "strays.bring": { en: "bring here", de: "hierher holen", ja: "ここに取り込む", zh: "取到这里" },
  "foot.one": {
    en: "One layer, at most {size} in the PSD",
    de: "Eine Ebene, höchstens {size} in der PSD",
    ja: "レイヤー1枚、PSDで最大{size}",
    zh: "1 个图层，PSD 中最多 {size}",
  },
  "foot.many": {
    en: "{count} layers, at most {size} in the PSD",
    de: "{count} Ebenen, höchstens {size} in der PSD",
    ja: "レイヤー{count}枚、PSDで最大{size}",
    zh: "{count} 个图层，PSD 中最多 {size}",
  },
  "foot.full": {
    en: "the bridge's store is nearly full ({size})",
    de: "der Speicher der Brücke ist fast voll ({size})",
    ja: "ブリッジの保存領域がほぼ満杯です（{size}）",
    zh: "桥接程序的存储空间快满了（{size}）",
  },
  "document.none": {
    en: "No document is open: open or create one to paint in.",
    de: "Kein Dokument ist geöffnet: Öffne eines oder lege eines an.",
    ja: "開いているドキュメントがありません。開くか、新規作成してください。",
    zh: "没有打开的文档：请打开或新建一个文档再作画。",
  },
  "document.closed": {
    en: "The document of this painting is closed.",
    de: "Das Dokument dieses Bildes ist geschlossen.",
    ja: "この絵のドキュメントは閉じられています。",
    zh: "这幅画的文档已关闭。",
  },
  "document.mode": {
    en: "Pentimento paints in RGB: choose Image > Mode > RGB Color.",
    de: "Pentimento malt in RGB: Wähle Bild > Modus > RGB-Farbe.",
    ja: "PentimentoはRGBで描きます。イメージ＞モード＞RGBカラー を選んでください。",
    zh: "Pentimento 以 RGB 绘制：请选择 图像 > 模式 > RGB 颜色。",
  },
  "document.unread": {
    en: "The document could not be read: {why}",
    de: "Das Dokument konnte nicht gelesen werden: {why}",
    ja: "ドキュメントを読み込めませんでした：{why}",
    zh: "无法读取文档：{why}",
  },
  "layer.none": {
    en: "No layer is active: choose one, or start from the composite.",
    de: "Keine Ebene ist aktiv: Wähle eine oder beginne mit dem Gesamtbild.",
    ja: "レイヤーが選ばれていません。選ぶか、「全体」から始めてください。",
    zh: "没有选中图层：请选择一个，或从合成图像开始。",
  },
  "layer.noPixels": {
    en: "“{layer}” has no pixels of its own: start from the composite.",
    de: "„{layer}“ hat keine eigenen Pixel: Beginne mit dem Gesamtbild.",
    ja: "「{layer}」にはピクセルがありません。「全体」から始めてください。",
    zh: "“{layer}”没有自己的像素：请从合成图像开始。",
  },
  "layer.empty": {
    en: "“{layer}” is empty: paint on it, or start from nothing.",
    de: "„{layer}“ ist leer: Male darauf oder beginne mit nichts.",
    ja: "「{layer}」は空です。描き込むか、「なし」から始めてください。",
    zh: "“{layer}”是空的：请先在上面画，或从空白开始。",
  },
  "layer.noGroup": {
    en: "Photoshop made no group for the painting.",
    de: "Photoshop hat keine Gruppe für das Bild angelegt.",
    ja: "Photoshopがグループを作成できませんでした。",
    zh: "Photoshop 未能为画作创建组。",
  },
  "layer.unwritten": {
    en: "A step could not be written yet: {why}",
    de: "Ein Schritt konnte noch nicht geschrieben werden: {why}",
    ja: "ステップをまだ書き込めません：{why}",
    zh: "有一步暂时无法写入：{why}",
  },
  "selection.empty": {
    en: "Nothing in the picture is selected.",
    de: "Im Bild ist nichts ausgewählt.",
    ja: "画像内に選択範囲がありません。",
    zh: "画面中没有选中任何内容。",
  },
  "selection.beside": {
    en: "The selection lies beside the picture: move it, or deselect.",
    de: "Die Auswahl liegt neben dem Bild: Verschiebe sie oder hebe sie auf.",
    ja: "選択範囲が画像の外です。動かすか、解除してください。",
    zh: "选区在画面之外：请移动选区或取消选择。",
  },
  "step.choose": {
    en: "Choose a step on the timeline first.",
    de: "Wähle zuerst einen Schritt auf der Zeitleiste.",
    ja: "先にタイムラインでステップを選んでください。",
    zh: "请先在时间线上选择一步。",
  },
  "step.elsewhere": {
    en: "This bridge does not hold this painting any more: paint it again first.",
    de: "Diese Brücke hat dieses Bild nicht mehr: Male es zuerst noch einmal.",
    ja: "このブリッジにはこの絵がもうありません。もう一度描いてください。",
    zh: "此桥接程序已没有这幅画：请先重新绘制。",
  },
  "history.scan": {
    en: "Pentimento: look for paintings",
    de: "Pentimento: Bilder suchen",
    ja: "Pentimento：絵を探す",
    zh: "Pentimento：查找画作",
  },
  "history.readPicture": {
    en: "Pentimento: read the picture",
    de: "Pentimento: Bild lesen",
    ja: "Pentimento：画像を読む",
    zh: "Pentimento：读取图像",
  },
  "history.readSelection": {
    en: "Pentimento: read the selection",
    de: "Pentimento: Auswahl lesen",
    ja: "Pentimento：選択範囲を読む",
    zh: "Pentimento：读取选区",
  },
  "history.readSteps": {
    en: "Pentimento: look at the steps",
    de: "Pentimento: Schritte ansehen",
    ja: "Pentimento：ステップを見る",
    zh: "Pentimento：查看步骤",
  },
  "history.show": {
    en: "Look at a step",
    de: "Einen Schritt ansehen",
    ja: "ステップを表示",
    zh: "查看某一步",
  },
  "history.step": {
    en: "Painting {number}: step {step}",
    de: "Bild {number}: Schritt {step}",
    ja: "絵 {number}：ステップ {step}",
    zh: "画作 {number}：第 {step} 步",
  },
  "history.finer": {
    en: "Painting {number}: finer pictures",
    de: "Bild {number}: feinere Bilder",
    ja: "絵 {number}：高画質に更新",
    zh: "画作 {number}：更精细的图像",
  },
  "history.remove": {
    en: "Remove painting {number}",
    de: "Bild {number} entfernen",
    ja: "絵 {number} を削除",
    zh: "移除画作 {number}",
  },
  "welcomeTitle.absent": {
    en: "First, the bridge",
    de: "Zuerst die Brücke",
    ja: "まずブリッジを起動",
    zh: "首先启动桥接程序",
  },
  "welcomeTitle.gone": {
    en: "The bridge went away",
    de: "Die Brücke ist weg",
    ja: "ブリッジが切断されました",
    zh: "桥接程序已断开",
  },
  "welcomeTitle.refused": {
    en: "The bridge does not let the panel in",
    de: "Die Brücke lässt das Panel nicht herein",
    ja: "ブリッジに接続できません",
    zh: "桥接程序拒绝连接",
  },
  "welcomeTitle.older": {
    en: "The bridge is too old",
    de: "Die Brücke ist zu alt",
    ja: "ブリッジが古すぎます",
    zh: "桥接程序版本过旧",
  },
  "welcomeTitle.newer": {
    en: "This panel is too old",
    de: "Dieses Panel ist zu alt",
    ja: "このパネルが古すぎます",
    zh: "此面板版本过旧",
  },
  "welcomeTitle.said": {
    en: "The bridge refused",
    de: "Die Brücke hat abgelehnt",
    ja: "ブリッジに拒否されました",
    zh: "桥接程序拒绝了连接",
  },
  "welcomeTitle.token": {
    en: "The token does not fit",
    de: "Das Token passt nicht",
    ja: "トークンが違います",
    zh: "令牌不匹配",
  },
  "welcomeTitle.unpaired": {
    en: "The bridge is found",
    de: "Die Brücke ist gefunden",
    ja: "ブリッジが見つかりました",
    zh: "已找到桥接程序",
  },
  "trouble.absent": {
    en: "Pentimento's model runs in a small program beside Photoshop. Nothing answers yet at {address}. Start it:",
    de: "Pentimentos Modell läuft in einem kleinen Programm neben Photoshop. Unter {address} antwortet noch nichts. Starte es:",
    ja: "Pentimentoのモデルは、Photoshopとは別の小さなプログラムで動きます。{address} からはまだ応答がありません。起動してください：",
    zh: "Pentimento 的模型在 Photoshop 旁边的一个小程序中运行。{address} 尚无响应。请启动它：",
  },
  "trouble.gone": {
    en: "The bridge went away; looking for it again. Nothing is lost.",
    de: "Die Brücke ist weg und wird wieder gesucht. Nichts ist verloren.",
    ja: "ブリッジとの接続が切れました。再接続しています。作業内容は失われません。",
    zh: "与桥接程序的连接已断开，正在重新寻找。没有丢失任何内容。",
  },
  "trouble.refused": {
    en: "The bridge at {address} answers but takes no connection. Close other panels, or start it anew:",
    de: "Die Brücke unter {address} antwortet, nimmt aber keine Verbindung an. Schließe andere Panels oder starte sie neu:",
    ja: "{address} のブリッジは応答しますが接続できません。ほかのパネルを閉じるか、再起動してください：",
    zh: "{address} 的桥接程序有响应但不接受连接。请关闭其他面板，或重新启动它：",
  },
  "trouble.older": {
    en: "Panel and bridge do not understand each other: update the bridge. Stop it, update Pentimento's folder, start it again.",
    de: "Panel und Brücke verstehen sich nicht: Aktualisiere die Brücke. Halte sie an, aktualisiere Pentimentos Ordner, starte sie wieder.",
    ja: "パネルとブリッジの版が合いません。ブリッジを更新してください：停止し、Pentimentoのフォルダーを更新して、起動し直します。",
    zh: "面板与桥接程序版本不符：请更新桥接程序。先停止它，更新 Pentimento 文件夹，再重新启动。",
  },
  "trouble.newer": {
    en: "Panel and bridge do not understand each other: update this panel. Install the .ccx that belongs to the bridge, then open the panel again.",
    de: "Panel und Brücke verstehen sich nicht: Aktualisiere dieses Panel. Installiere die .ccx, die zur Brücke gehört, und öffne das Panel neu.",
    ja: "パネルとブリッジの版が合いません。このパネルを更新してください：ブリッジに合う .ccx をインストールし、パネルを開き直します。",
    zh: "面板与桥接程序版本不符：请更新此面板。安装与桥接程序配套的 .ccx，然后重新打开面板。",
  },
  "trouble.said": {
    en: "The bridge at {address} says: {message}",
    de: "Die Brücke unter {address} sagt: {message}",
    ja: "{address} のブリッジからの応答：{message}",
    zh: "{address} 的桥接程序回应：{message}",
  },
  "trouble.token": {
    en: "The bridge at {address} does not know this token: it was started with another data folder, or the token was cut short.",
    de: "Die Brücke unter {address} kennt dieses Token nicht: Sie läuft mit einem anderen Datenordner, oder das Token ist unvollständig.",
    ja: "{address} のブリッジはこのトークンを認めません。データフォルダーが違うか、トークンが途中で切れています。",
    zh: "{address} 的桥接程序不认识此令牌：它使用了另一个数据文件夹，或令牌不完整。",
  },
  "copy.copy": { en: "copy", de: "kopieren", ja: "コピー", zh: "复制" },
  "copy.done": { en: "copied", de: "kopiert", ja: "コピー済み", zh: "已复制" },
  "copy.byHand": {
    en: "press Ctrl+C",
    de: "Strg+C drücken",
    ja: "Ctrl+C を押す",
    zh: "请按 Ctrl+C",
  },
};

/** @type {Language[]} */
const LANGUAGES = ["en", "de", "ja", "zh"];

/** @type {Language} */
let spoken = "en";

/** @param {string} language a tag such as "de_DE", or a language of the table @param {string} [host] */
function use(language, host = "en") {
  const wished = (language === "auto" ? host : language).slice(0, 2).toLowerCase();
  spoken = LANGUAGES.find((known) => known === wished) || "en";
}

/** @param {string} key @param {Record<string, string | number>} [values] */
function t(key, values = {}) {
  const row = TEXTS[key];
  if (!row) throw new Error(`There is no text named ${key}.`);
  return row[spoken].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

module.exports = { t, use, spokenNow: () => spoken, TEXTS, LANGUAGES };
